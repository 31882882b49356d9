//! Blocks of a GIF.

/// Length of the header and the screen descriptor.
const HEADER_BYTES: usize = 13;

const IMAGE: u8 = 0x2c;
const EXTENSION: u8 = 0x21;
const TRAILER: u8 = 0x3b;
const GRAPHIC_CONTROL: u8 = 0xf9;
const APPLICATION: u8 = 0xff;

/// Applications whose block says how often an animation is shown, and the length of that block.
const LOOPS: &[&[u8]] = &[b"NETSCAPE2.0", b"ANIMEXTS1.0"];
const LOOP_BYTES: usize = 19;

/// Removes comments, texts and the data of applications, XMP among it, and anything after the last
/// whole frame.
pub(super) fn strip(file: &mut Vec<u8>) {
    let Some(&screen) = file.get(10) else {
        return;
    };
    let mut from = HEADER_BYTES + table_bytes(screen);
    let mut to = from;
    while let Some(end) = block_end(file, from) {
        if is_kept(&file[from..end]) {
            file.copy_within(from..end, to);
            to += end - from;
        }
        from = end;
    }
    file.truncate(to);
    file.push(TRAILER);
}

fn is_kept(block: &[u8]) -> bool {
    match block {
        [EXTENSION, APPLICATION, ..] => {
            block.len() == LOOP_BYTES && block.get(3..14).is_some_and(|name| LOOPS.contains(&name))
        }
        [EXTENSION, label, ..] => *label == GRAPHIC_CONTROL,
        _ => true,
    }
}

/// Where a frame or an extension ends, if it is whole.
fn block_end(file: &[u8], from: usize) -> Option<usize> {
    let mut at = match *file.get(from)? {
        // A descriptor, perhaps a table of colours, and a byte for the decoder.
        IMAGE => from + 11 + table_bytes(*file.get(from + 9)?),
        EXTENSION => from + 2,
        _ => return None,
    };
    loop {
        let length = usize::from(*file.get(at)?);
        at += 1 + length;
        if length == 0 {
            return Some(at);
        }
    }
}

/// Length of the table of colours that flags announce.
fn table_bytes(flags: u8) -> usize {
    if flags & 0x80 == 0 {
        0
    } else {
        3 << ((flags & 7) + 1)
    }
}

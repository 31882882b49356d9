//! Tags around a sound, ID3, APE and Lyrics3, and the blocks at the beginning of a FLAC.

use super::Damaged;

/// Kinds of blocks of FLAC that say how it is played: the properties of the stream, and where to
/// seek.
const KEPT_BLOCKS: [u8; 2] = [0, 3];
const PADDING: u8 = 1;
const LAST: u8 = 0x80;

/// Cuts off tags, and makes padding of blocks of FLAC that tell of persons, places and devices.
pub(super) fn clean(file: &mut Vec<u8>) -> Result<(), Damaged> {
    let mut start = 0;
    while let Some(length) = leading_tag(&file[start..]) {
        start = start.saturating_add(length).min(file.len());
    }
    file.drain(..start);
    while let Some(length) = trailing_tag(file) {
        file.truncate(file.len().saturating_sub(length));
    }
    if file.starts_with(b"fLaC") {
        clean_blocks(file)?;
    }
    Ok(())
}

/// Length of the `ID3v2` tag that a file begins with.
fn leading_tag(file: &[u8]) -> Option<usize> {
    let head = file
        .first_chunk::<10>()
        .filter(|head| matches!(head, [b'I', b'D', b'3', ..=4, ..]))?;
    let footer = if head[5] & 0x10 == 0 { 0 } else { 10 };
    Some(10 + seven_bits(&head[6..]) + footer)
}

/// Length of the tag that a file ends with, of whichever kind.
fn trailing_tag(file: &[u8]) -> Option<usize> {
    let from_end = |length: usize| file.get(file.len().checked_sub(length)?..);
    let begins = |length, with: &[u8]| from_end(length).filter(|rest| rest.starts_with(with));
    if begins(128, b"TAG").is_some() {
        return Some(128);
    }
    if begins(227, b"TAG+").is_some() {
        return Some(227);
    }
    if let Some(footer) = begins(32, b"APETAGEX") {
        let length = footer[12..16]
            .iter()
            .rev()
            .fold(0, |all, byte| all << 8 | usize::from(*byte));
        let header = if footer[23] & 0x80 == 0 { 0 } else { 32 };
        return Some(length.max(32) + header);
    }
    if begins(9, b"LYRICS200").is_some() {
        let length = std::str::from_utf8(from_end(15)?.get(..6)?).ok()?;
        return Some(length.parse::<usize>().ok()? + 15);
    }
    begins(10, b"3DI").map(|footer| 20 + seven_bits(&footer[6..]))
}

/// A number of which each byte has seven bits.
fn seven_bits(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .fold(0, |all, byte| all << 7 | usize::from(byte & 0x7f))
}

fn clean_blocks(file: &mut [u8]) -> Result<(), Damaged> {
    let mut at = 4;
    loop {
        let head = file.get(at..).and_then(|rest| rest.first_chunk::<4>());
        let &[kind, ref length @ ..] = head.ok_or(Damaged("it has no frames"))?;
        let length = length
            .iter()
            .fold(0, |all, byte| all << 8 | usize::from(*byte));
        let block = file.get_mut(at + 4..at + 4 + length);
        let block = block.ok_or(Damaged("a block is longer than the file"))?;
        if !KEPT_BLOCKS.contains(&(kind & !LAST)) {
            block.fill(0);
            file[at] = kind & LAST | PADDING;
        }
        if kind & LAST != 0 {
            return Ok(());
        }
        at += 4 + length;
    }
}

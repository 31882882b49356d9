//! Chunks of a WebP.

use super::metadata::{self, Metadata};

/// Chunks that say how a picture looks. A colour profile, `ICCP`, stays if it fits.
const KEPT_CHUNKS: &[&[u8; 4]] = &[b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"];

/// Where the first chunk begins: after `RIFF`, a length, and `WEBP`.
const FIRST_CHUNK: usize = 12;

/// Where a first chunk `VP8X` says what else there is.
const FLAGS: usize = 20;
const HAS_XMP: u8 = 0b0000_0100;
const HAS_EXIF: u8 = 0b0000_1000;
const HAS_PROFILE: u8 = 0b0010_0000;

/// Removes all chunks but those above, and anything after the last one.
pub(super) fn strip(file: &mut Vec<u8>) -> Metadata {
    let mut found = Metadata::none();
    if file.len() % 2 == 1 {
        // Some programs leave out the byte that fills up the last chunk.
        file.push(0);
    }
    let (mut from, mut to) = (FIRST_CHUNK, FIRST_CHUNK);
    let mut has_profile = false;
    while let Some((kind, length, end)) = chunk(file, from) {
        let data = &file[from + 8..from + 8 + length];
        let kept = match &kind {
            b"EXIF" => {
                found.orientation = metadata::orientation(data);
                false
            }
            b"ICCP" => {
                let fits = !has_profile && metadata::fits(data, false);
                has_profile |= fits;
                fits
            }
            kind => KEPT_CHUNKS.contains(&kind),
        };
        found.animated |= &kind == b"ANIM";
        if kept {
            file.copy_within(from..end, to);
            to += end - from;
        }
        from = end;
    }
    file.truncate(to);
    if file.get(FIRST_CHUNK..FIRST_CHUNK + 4) != Some(b"VP8X".as_slice()) {
        finish(file);
        return found;
    }
    let turned = found.is_turned_animation();
    if turned {
        file.extend(b"EXIF\x1a\0\0\0");
        file.extend(metadata::exif(found.orientation));
    }
    if let Some(flags) = file.get_mut(FLAGS) {
        *flags &= !(HAS_XMP | HAS_EXIF | HAS_PROFILE);
        *flags |= if turned { HAS_EXIF } else { 0 };
        *flags |= if has_profile { HAS_PROFILE } else { 0 };
    }
    finish(file);
    found
}

/// The kind of the chunk at `from`, its length, and where the next one begins.
fn chunk(file: &[u8], from: usize) -> Option<([u8; 4], usize, usize)> {
    let kind = file.get(from..)?.first_chunk::<4>()?;
    let length = file.get(from + 4..)?.first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let end = from
        .checked_add(8)?
        .checked_add(length)?
        .checked_add(length % 2)?;
    (end <= file.len()).then_some((*kind, length, end))
}

/// Writes how long the file is now.
fn finish(file: &mut [u8]) {
    let length = u32::try_from(file.len().saturating_sub(8)).unwrap_or(u32::MAX);
    if let Some(place) = file.get_mut(4..8) {
        place.copy_from_slice(&length.to_le_bytes());
    }
}

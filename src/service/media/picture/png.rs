//! Chunks of a PNG.

use super::metadata::{self, MAX_PROFILE_BYTES, Metadata};

/// Chunks that say how a picture looks; the others say who made it, when, where and with what.
const KEPT_CHUNKS: &[&[u8; 4]] = &[
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"cICP", b"gAMA", b"sBIT", b"sRGB",
    b"pHYs", b"bKGD", b"acTL", b"fcTL", b"fdAT",
];

/// Length of the signature before the first chunk.
const SIGNATURE_BYTES: usize = 8;

/// Length of the signature and the first chunk, `IHDR`.
const HEADER_BYTES: usize = 33;

/// Where `IHDR` says of which kind the pixels are; this bit is set if they have colours.
const COLOUR_TYPE: usize = 25;
const COLOUR_BIT: u8 = 0b10;

/// Removes all chunks but those above and a colour profile that fits the pixels, and anything after
/// the last chunk. The profile is unpacked within bounds, before a decoder sees it.
pub(super) fn strip(file: &mut Vec<u8>) -> Metadata {
    let mut found = Metadata::none();
    let gray = file
        .get(COLOUR_TYPE)
        .is_some_and(|kind| kind & COLOUR_BIT == 0);
    let (mut from, mut to) = (SIGNATURE_BYTES, SIGNATURE_BYTES);
    let mut has_profile = false;
    while let Some((kind, end)) = chunk(file, from) {
        let data = &file[from + 8..end - 4];
        let kept = match &kind {
            b"eXIf" => {
                found.orientation = metadata::orientation(data);
                false
            }
            b"iCCP" => {
                let fits =
                    !has_profile && profile(data).is_some_and(|it| metadata::fits(&it, gray));
                has_profile |= fits;
                fits
            }
            kind => KEPT_CHUNKS.contains(&kind),
        };
        found.animated |= &kind == b"acTL";
        if kept {
            file.copy_within(from..end, to);
            to += end - from;
        }
        from = end;
        if &kind == b"IEND" {
            break;
        }
    }
    file.truncate(to);
    if found.is_turned_animation() && to >= HEADER_BYTES {
        let exif = exif_chunk(&metadata::exif(found.orientation));
        file.splice(HEADER_BYTES..HEADER_BYTES, exif);
    }
    found
}

/// The kind of the chunk at `from`, and where it ends.
fn chunk(file: &[u8], from: usize) -> Option<([u8; 4], usize)> {
    let length = file.get(from..)?.first_chunk::<4>()?;
    let kind = file.get(from + 4..)?.first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let end = from.checked_add(12)?.checked_add(length)?;
    (end <= file.len()).then_some((*kind, end))
}

/// The colour profile in an `iCCP` chunk: a name, a zero, the method, and the packed profile.
fn profile(data: &[u8]) -> Option<Vec<u8>> {
    let name = data.iter().take(80).position(|byte| *byte == 0)?;
    let packed = data.get(name + 2..)?;
    miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(packed, MAX_PROFILE_BYTES).ok()
}

fn exif_chunk(exif: &[u8; 26]) -> Vec<u8> {
    let mut chunk = vec![0, 0, 0, 26];
    chunk.extend(b"eXIf");
    chunk.extend(exif);
    let sum = crc32fast::hash(&chunk[4..]);
    chunk.extend(sum.to_be_bytes());
    chunk
}

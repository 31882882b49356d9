//! Chunks of WAV and AVI. Those that tell of persons, places and devices become `JUNK` of the same
//! length, so that all offsets stay right.

/// Lists whose content is walked as if it stood beside them.
const WALKED: &[&[u8]] = &[b"WAVE", b"AVI ", b"AVIX", b"hdrl", b"strl", b"odml"];

/// Chunks that say how a file is played.
const KEPT_CHUNKS: &[&[u8]] = &[
    b"fmt ", b"fact", b"data", b"cue ", b"smpl", b"inst", b"idx1", b"avih", b"strh", b"strf",
    b"indx", b"vprp", b"dmlh",
];

/// Overwrites what tells of persons, places and devices.
pub(super) fn clean(file: &mut [u8]) {
    let mut at = 0;
    while let Some(head) = file.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let (kind, length) = head.split_at(4);
        let length = length
            .iter()
            .rev()
            .fold(0, |all, byte| all << 8 | usize::from(*byte));
        let name = file.get(at + 8..at + 12).unwrap_or_default();
        let is_list = kind == b"RIFF" || kind == b"LIST";
        if is_list && WALKED.contains(&name) {
            at += 12;
            continue;
        }
        let kept = KEPT_CHUNKS.contains(&kind) || (is_list && name == b"movi");
        // The last chunk of a file that was cut off is shorter than it says.
        let end = (at + 8).saturating_add(length).min(file.len());
        if !kept {
            file[at..at + 4].copy_from_slice(b"JUNK");
            file[at + 8..end].fill(0);
        }
        at = end + length % 2;
    }
    if let Some(rest) = file.get_mut(at..) {
        rest.fill(0);
    }
}

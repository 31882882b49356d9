//! Boxes, of which MP4, `QuickTime` and 3GP files consist (ISO/IEC 14496-12).

use std::ops::Range;

use super::Damaged;

/// A box: its kind, where it begins, where its content begins, and where it ends.
#[derive(Clone, Copy)]
pub(super) struct MediaBox {
    pub(super) kind: [u8; 4],
    pub(super) start: usize,
    content: usize,
    pub(super) end: usize,
}

impl MediaBox {
    /// The place of its content.
    pub(super) fn content(self) -> Range<usize> {
        self.content..self.end
    }
}

/// Whether the first box is no longer than the file.
pub(super) fn fits(file: &[u8]) -> bool {
    read(file, 0, file.len()).is_some_and(|first| first.end <= file.len())
}

/// Returns the brands that the first box names, the major one first.
pub(super) fn brands(file: &[u8]) -> impl Iterator<Item = &[u8]> {
    let first = read(file, 0, file.len());
    let content = first.and_then(|first| file.get(first.content..first.end.min(file.len())));
    content.unwrap_or_default().chunks_exact(4)
}

/// The boxes in a part of a file.
pub(super) fn children(file: &[u8], part: Range<usize>) -> Result<Vec<MediaBox>, Damaged> {
    let mut found = Vec::new();
    let mut at = part.start;
    // QuickTime may end a list of boxes with four zeros.
    while let Some(it) = read(file, at, part.end) {
        if it.end > part.end {
            return Err(Damaged("a box is longer than the one it is in"));
        }
        found.push(it);
        at = it.end;
    }
    if part.end - at >= 8 {
        return Err(Damaged("a box is shorter than its head"));
    }
    Ok(found)
}

/// The first box of a kind in a part of a file.
pub(super) fn find(file: &[u8], part: Range<usize>, kind: [u8; 4]) -> Option<MediaBox> {
    let mut at = part.start;
    while let Some(it) = read(file, at, part.end).filter(|it| it.end <= part.end) {
        if it.kind == kind {
            return Some(it);
        }
        at = it.end;
    }
    None
}

/// Reads the head of the box at `at`, which may end after `end`.
pub(super) fn read(file: &[u8], at: usize, end: usize) -> Option<MediaBox> {
    let head = file.get(at..end)?;
    let short = u32::from_be_bytes(*head.first_chunk()?);
    let kind = *head.get(4..)?.first_chunk::<4>()?;
    let (length, content) = match short {
        0 => (end - at, 8),
        1 => {
            let long = u64::from_be_bytes(*head.get(8..)?.first_chunk()?);
            (usize::try_from(long).unwrap_or(usize::MAX), 16)
        }
        short => (usize::try_from(short).ok()?, 8),
    };
    (length >= content).then_some(MediaBox {
        kind,
        start: at,
        content: at + content,
        end: at.saturating_add(length),
    })
}

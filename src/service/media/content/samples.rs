//! Samples of a track, found by its tables (ISO/IEC 14496-12, 8.6 and 8.7).

use super::{
    Damaged,
    boxes::{MediaBox, find},
};

/// Zeroes the samples of a track, wherever in the file they are.
pub(super) fn blank(file: &mut [u8], track: MediaBox) -> Result<(), Damaged> {
    let table = find(file, track.content(), *b"mdia")
        .and_then(|it| find(file, it.content(), *b"minf"))
        .and_then(|it| find(file, it.content(), *b"stbl"));
    let Some(table) = table else {
        return Ok(());
    };
    let part = |kind| find(file, table.content(), kind).map(|it| &file[it.content()]);
    let (Some(sizes), Some(runs)) = (part(*b"stsz"), part(*b"stsc")) else {
        return Ok(());
    };
    let (offsets, wide) = match (part(*b"stco"), part(*b"co64")) {
        (Some(short), _) => (entries(short, 8, 4), false),
        (None, Some(long)) => (entries(long, 8, 8), true),
        (None, None) => return Ok(()),
    };
    let mut chunks = Vec::new();
    let mut runs = entries(runs, 8, 12)
        .map(|run| (number(run, 0), number(run, 4)))
        .peekable();
    let mut samples = Sizes::of(sizes);
    let (mut in_chunk, mut all) = (0, 0_usize);
    for (chunk, offset) in (1_usize..).zip(offsets) {
        while let Some((_, count)) = runs.next_if(|(first, _)| *first <= chunk) {
            in_chunk = count;
        }
        let length = samples.take(in_chunk);
        all = all.saturating_add(length);
        if all > file.len() {
            return Err(Damaged("its samples are longer than the file"));
        }
        let start = if wide {
            number(offset, 4)
        } else {
            number(offset, 0)
        };
        let high = if wide { number(offset, 0) } else { 0 };
        if high == 0 && length > 0 {
            chunks.push(start..start.saturating_add(length));
        }
    }
    for chunk in chunks {
        let end = chunk.end.min(file.len());
        if let Some(bytes) = file.get_mut(chunk.start..end) {
            bytes.fill(0);
        }
    }
    Ok(())
}

/// Sizes of samples: one for all, or a list.
struct Sizes<'a> {
    same: usize,
    left: usize,
    list: std::slice::ChunksExact<'a, u8>,
}

impl<'a> Sizes<'a> {
    fn of(table: &'a [u8]) -> Self {
        Self {
            same: number(table, 4),
            left: number(table, 8),
            list: entries(table, 12, 4),
        }
    }

    /// The length of the next `count` samples.
    fn take(&mut self, count: usize) -> usize {
        if self.same > 0 {
            let count = count.min(self.left);
            self.left -= count;
            return count.saturating_mul(self.same);
        }
        self.list
            .by_ref()
            .take(count)
            .map(|size| number(size, 0))
            .fold(0, usize::saturating_add)
    }
}

/// The entries of a table, of a length each, that begin at a place.
fn entries(table: &[u8], from: usize, length: usize) -> std::slice::ChunksExact<'_, u8> {
    table.get(from..).unwrap_or_default().chunks_exact(length)
}

/// The number at a place; 0 if there is none.
fn number(table: &[u8], at: usize) -> usize {
    let bytes = table.get(at..).and_then(|rest| rest.first_chunk::<4>());
    bytes.map_or(0, |bytes| u32::from_be_bytes(*bytes) as usize)
}

//! Pages and packets of Ogg (RFC 3533). The packet with the comments is overwritten by one of the
//! same length without any, so that pages stay as they are but for their checksums.

use std::{collections::HashMap, ops::Range};

use super::Damaged;

/// Most streams of a file.
const MAX_STREAMS: usize = 64;

/// Length of the head of a page, before the lengths of its pieces.
const HEAD_BYTES: usize = 27;

/// Where a page has its checksum.
const CHECKSUM: Range<usize> = 22..26;

/// How a codec begins its first packet, its packet of comments, and how many bytes end that.
const CODECS: &[(&[u8], Comments)] = &[
    (b"\x01vorbis", Comments::After(b"\x03vorbis", 1)),
    (b"\x80theora", Comments::After(b"\x81theora", 0)),
    (b"OpusHead", Comments::After(b"OpusTags", 0)),
    (b"Speex   ", Comments::After(b"", 0)),
    (b"\x7fFLAC", Comments::Blocks),
    (b"fishead\0", Comments::None),
];

/// Where the comments of a stream are.
#[derive(Clone, Copy)]
enum Comments {
    /// In the second packet, after these bytes; that many bytes, of which the last is 1, follow.
    After(&'static [u8], usize),
    /// In the packets before the first frame, each a block of FLAC.
    Blocks,
    /// Nowhere: Skeleton, which describes the other streams.
    None,
}

/// A stream whose comments were not all found yet.
#[derive(Default)]
struct Stream {
    comments: Option<Comments>,
    /// Whether the first packet is over.
    begun: bool,
    /// Where the pieces of the packet are that is being read.
    pieces: Vec<Range<usize>>,
}

/// Overwrites the comments of all streams.
pub(super) fn clean(file: &mut [u8]) -> Result<(), Damaged> {
    let mut streams: HashMap<u32, Stream> = HashMap::new();
    let mut pages: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while at < file.len() {
        let Some(page) = page(file, at) else {
            return Err(Damaged("there is something that is no page"));
        };
        at = page.end;
        if page.begins {
            streams.insert(page.stream, Stream::default());
        }
        if streams.len() > MAX_STREAMS {
            return Err(Damaged("it has too many streams"));
        }
        let mut touched = false;
        for (piece, is_last) in page.pieces {
            let Some(stream) = streams.get_mut(&page.stream) else {
                break;
            };
            touched |= stream.begun;
            stream.pieces.push(piece);
            if is_last && end_packet(file, stream)? {
                streams.remove(&page.stream);
            }
        }
        if touched {
            pages.push(page.start..page.end);
        }
    }
    for page in pages {
        sum(&mut file[page]);
    }
    Ok(())
}

/// Deals with a packet that is whole; whether it is the last of its stream that matters.
fn end_packet(file: &mut [u8], stream: &mut Stream) -> Result<bool, Damaged> {
    let pieces = std::mem::take(&mut stream.pieces);
    let begins = |with: &[u8]| {
        let bytes = pieces.iter().flat_map(|piece| &file[piece.clone()]);
        bytes.take(with.len()).eq(with)
    };
    if !stream.begun {
        stream.begun = true;
        let codec = CODECS.iter().find(|(first, _)| begins(first));
        let &(_, comments) = codec.ok_or(Damaged("it has a stream of an unknown codec"))?;
        stream.comments = Some(comments);
        return Ok(matches!(comments, Comments::None));
    }
    let length = pieces.iter().map(ExactSizeIterator::len).sum();
    let (packet, done) = match stream.comments {
        Some(Comments::After(prefix, tail)) if begins(prefix) => (
            empty(prefix, length, tail).ok_or(Damaged("its comments are too short"))?,
            true,
        ),
        Some(Comments::Blocks) if !begins(&[0xff]) => {
            let head: Vec<u8> = pieces
                .iter()
                .flat_map(|it| &file[it.clone()])
                .take(4)
                .copied()
                .collect();
            (
                block(&head, length).ok_or(Damaged("a block is too short"))?,
                false,
            )
        }
        Some(Comments::Blocks | Comments::None) | None => return Ok(true),
        Some(Comments::After(..)) => return Err(Damaged("its comments are not where they belong")),
    };
    let mut packet = packet.as_slice();
    for piece in pieces {
        let (some, rest) = packet.split_at(piece.len().min(packet.len()));
        file[piece.start..piece.start + some.len()].copy_from_slice(some);
        packet = rest;
    }
    Ok(done)
}

/// A packet of comments without any: the name of the encoder is as long as need be, and all zeros.
fn empty(prefix: &[u8], length: usize, tail: usize) -> Option<Vec<u8>> {
    let name = length.checked_sub(prefix.len() + 8 + tail)?;
    let mut packet = prefix.to_vec();
    packet.extend(u32::try_from(name).ok()?.to_le_bytes());
    packet.resize(length, 0);
    packet[length - tail..].fill(1);
    Some(packet)
}

/// A block of FLAC without what it says, but for its head: comments are empty, others are padding.
fn block(head: &[u8], length: usize) -> Option<Vec<u8>> {
    let &[kind, ..] = head.first_chunk::<4>()?;
    let is_comments = kind & 0x7f == 4;
    if is_comments {
        return empty(head, length, 0);
    }
    let mut packet = head.to_vec();
    packet[0] = kind & 0x80 | 1;
    packet.resize(length, 0);
    Some(packet)
}

struct Page {
    start: usize,
    end: usize,
    stream: u32,
    begins: bool,
    /// Where its pieces of packets are, and whether each is the last of its packet.
    pieces: Vec<(Range<usize>, bool)>,
}

/// The page at `at`; one that was cut off has no pieces.
fn page(file: &[u8], at: usize) -> Option<Page> {
    let head = file.get(at..)?.get(..HEAD_BYTES)?;
    if !head.starts_with(b"OggS") {
        return None;
    }
    let mut from = at + HEAD_BYTES;
    let lengths = file.get(from..)?.get(..usize::from(head[26]))?;
    from += lengths.len();
    let mut page = Page {
        start: at,
        end: file.len(),
        stream: u32::from_le_bytes(*head[14..].first_chunk()?),
        begins: head[5] & 2 != 0,
        pieces: Vec::new(),
    };
    let content: usize = lengths.iter().map(|length| usize::from(*length)).sum();
    if from + content > file.len() {
        return Some(page);
    }
    page.end = from + content;
    for pieces in lengths.split_inclusive(|length| *length < 255) {
        let length: usize = pieces.iter().map(|length| usize::from(*length)).sum();
        let is_last = pieces.last().is_some_and(|length| *length < 255);
        page.pieces.push((from..from + length, is_last));
        from += length;
    }
    Some(page)
}

/// Writes the checksum of a page.
fn sum(page: &mut [u8]) {
    page[CHECKSUM].fill(0);
    let sum = page.iter().fold(0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| {
            sum << 1 ^ if sum >> 31 == 1 { 0x04c1_1db7 } else { 0 }
        })
    });
    page[CHECKSUM].copy_from_slice(&sum.to_le_bytes());
}

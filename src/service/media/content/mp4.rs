//! Cleaning of MP4, `QuickTime` and 3GP files. Boxes that tell of persons, places and devices
//! become `free` boxes of the same size, so that all offsets stay right.

use super::{
    Damaged,
    boxes::{MediaBox, children, find, read},
    samples,
};

/// Boxes that say how a file is played, by the box they are in. All others are blanked.
const KEPT_BOXES: &[(&[u8], &[&[u8]])] = &[
    (
        TOP,
        &[
            b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"mfra", b"sidx", b"ssix", b"pdin",
            b"pssh",
        ],
    ),
    (
        b"moov",
        &[
            b"mvhd", b"trak", b"mvex", b"iods", b"pssh", b"rmra", b"clip", b"ctab",
        ],
    ),
    (
        b"trak",
        &[
            b"tkhd", b"edts", b"tref", b"mdia", b"load", b"tapt", b"txas", b"clip", b"matt",
            b"imap", b"trgr",
        ],
    ),
    (b"edts", &[b"elst"]),
    (b"mdia", &[b"mdhd", b"hdlr", b"minf", b"elng"]),
    (
        b"minf",
        &[
            b"vmhd", b"smhd", b"hmhd", b"nmhd", b"sthd", b"gmhd", b"hdlr", b"dinf", b"stbl",
        ],
    ),
    (
        b"stbl",
        &[
            b"stsd", b"stts", b"ctts", b"cslg", b"stsc", b"stsz", b"stz2", b"stco", b"co64",
            b"stss", b"stsh", b"stps", b"padb", b"stdp", b"sdtp", b"sbgp", b"sgpd", b"subs",
            b"saiz", b"saio",
        ],
    ),
    (b"moof", &[b"mfhd", b"traf", b"pssh"]),
    (
        b"traf",
        &[
            b"tfhd", b"tfdt", b"trun", b"sdtp", b"sbgp", b"sgpd", b"subs", b"saiz", b"saio",
            b"senc",
        ],
    ),
];

/// Sample entries of pictures, which name the compressor, and with it the device.
const PICTURE_ENTRIES: &[&[u8]] = &[
    b"avc1", b"avc3", b"hvc1", b"hev1", b"dvh1", b"dvhe", b"av01", b"vp08", b"vp09", b"mp4v",
    b"s263", b"mjpa", b"mjpb", b"jpeg", b"apch", b"apcn", b"apcs", b"apco", b"ap4h", b"encv",
];

/// Where that name is in an entry, after the head of its box.
const COMPRESSOR_NAME: std::ops::Range<usize> = 42..74;

/// The place of boxes that are in no other.
const TOP: &[u8] = b"";

/// Kinds of tracks that note places and the like beside the pictures, as action cameras do.
const NOTING_TRACKS: &[&[u8]] = &[b"meta", b"camm"];

/// Blanks what tells of persons, places and devices.
pub(super) fn clean(file: &mut [u8]) -> Result<(), Damaged> {
    let mut at = 0;
    let (mut has_notes, mut has_fragments) = (false, false);
    while file.len() - at >= 8 {
        let Some(mut it) = read(file, at, file.len()) else {
            return Err(Damaged("there is something that is no box"));
        };
        // The last box of a file that was cut off is shorter than it says.
        it.end = it.end.min(file.len());
        has_fragments |= &it.kind == b"moof";
        has_notes |= &it.kind == b"moov" && {
            let tracks = children(file, it.content())?;
            tracks.into_iter().any(|track| is_noting(file, track))
        };
        walk(file, it, TOP)?;
        at = it.end;
    }
    if has_notes && has_fragments {
        return Err(Damaged("it has a track of metadata in fragments"));
    }
    // Less than a box is no part of the film.
    file[at..].fill(0);
    Ok(())
}

/// Cleans a box that is in a box of kind `parent`.
fn walk(file: &mut [u8], it: MediaBox, parent: &[u8]) -> Result<(), Damaged> {
    let kept = KEPT_BOXES.iter().find(|(kind, _)| *kind == parent);
    if &it.kind == b"cmov" {
        return Err(Damaged("its headers are compressed"));
    }
    if kept.is_some_and(|(_, kept)| !kept.contains(&it.kind.as_slice())) {
        blank(file, it);
        return Ok(());
    }
    match &it.kind {
        b"mvhd" | b"tkhd" | b"mdhd" => forget_times(&mut file[it.content()]),
        b"hdlr" => forget_handler(&mut file[it.content()]),
        b"stsd" => forget_compressors(file, it)?,
        b"trak" if is_noting(file, it) => {
            samples::blank(file, it)?;
            blank(file, it);
        }
        // Each is kept in one of the others only, so this goes no deeper than the table above.
        b"moov" | b"trak" | b"edts" | b"mdia" | b"minf" | b"stbl" | b"moof" | b"traf" => {
            for inner in children(file, it.content())? {
                walk(file, inner, &it.kind)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Makes a `free` box of zeros.
fn blank(file: &mut [u8], it: MediaBox) {
    file[it.start + 4..it.start + 8].copy_from_slice(b"free");
    file[it.content()].fill(0);
}

/// Zeroes the times at which a film, track or medium was made and changed.
fn forget_times(content: &mut [u8]) {
    let length = if content.first() == Some(&1) { 16 } else { 8 };
    if let Some(times) = content.get_mut(4..4 + length) {
        times.fill(0);
    }
}

/// Zeroes the names of compressors in the descriptions of samples.
fn forget_compressors(file: &mut [u8], descriptions: MediaBox) -> Result<(), Damaged> {
    let mut entries = descriptions.content();
    // Version, flags, and the number of entries.
    entries.start = (entries.start + 8).min(entries.end);
    for entry in children(file, entries)? {
        let name = PICTURE_ENTRIES.contains(&entry.kind.as_slice());
        if let Some(name) = file[entry.content()]
            .get_mut(COMPRESSOR_NAME)
            .filter(|_| name)
        {
            name.fill(0);
        }
    }
    Ok(())
}

/// Zeroes the maker and the name of a handler, after its kind.
fn forget_handler(content: &mut [u8]) {
    if let Some(rest) = content.get_mut(12..) {
        rest.fill(0);
    }
}

/// Whether a track is one of those that note something.
fn is_noting(file: &[u8], track: MediaBox) -> bool {
    let handler = find(file, track.content(), *b"mdia")
        .and_then(|media| find(file, media.content(), *b"hdlr"))
        .and_then(|handler| file[handler.content()].get(8..12));
    handler.is_some_and(|kind| NOTING_TRACKS.contains(&kind))
}

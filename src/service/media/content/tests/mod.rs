mod sounds;

use super::*;

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    needle.is_empty() || bytes.windows(needle.len()).any(|window| window == needle)
}

/// The file after it was cleaned as what it looks like, which must tell nothing of Alice any more.
fn cleaned(file: &[u8]) -> Vec<u8> {
    assert!(contains(file, b"Alice"));
    let mut kept = file.to_vec();
    let content = Content::of(file).expect("a known format");
    clean(&mut kept, content).unwrap();
    assert!(!contains(&kept, b"Alice"), "{content:?}");
    assert!(!contains(&kept, b"52.52"), "{content:?}");
    kept
}

fn bytes(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// A box of MP4.
fn mp4(kind: &[u8], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 8).unwrap();
    bytes(&[&length.to_be_bytes(), kind, content])
}

fn handler(kind: &[u8]) -> Vec<u8> {
    mp4(
        b"hdlr",
        &bytes(&[&[0; 8], kind, &[0; 12], b"Alice's camera\0"]),
    )
}

fn words(numbers: &[u32]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_be_bytes())
        .collect()
}

/// A track of two samples of 4 and 5 bytes in one chunk at `offset`.
fn track(kind: &[u8], offset: u32) -> Vec<u8> {
    let table = mp4(
        b"stbl",
        &bytes(&[
            &mp4(b"stsd", &words(&[0, 0])),
            &mp4(b"stsz", &words(&[0, 0, 2, 4, 5])),
            &mp4(b"stsc", &words(&[0, 1, 1, 2, 1])),
            &mp4(b"stco", &words(&[0, 1, offset])),
        ]),
    );
    let media = mp4(
        b"mdia",
        &bytes(&[
            &mp4(b"mdhd", &words(&[0, 7, 7, 1000, 9])),
            &handler(kind),
            &mp4(b"minf", &table),
        ]),
    );
    let user = mp4(b"udta", &mp4(b"name", b"Alice"));
    mp4(
        b"trak",
        &bytes(&[&mp4(b"tkhd", &words(&[0, 7, 7, 1])), &media, &user]),
    )
}

fn film(tracks: &[Vec<u8>]) -> Vec<u8> {
    let place = mp4(b"udta", &mp4(b"\xa9xyz", b"+52.5200+013.4050/"));
    let header = mp4(b"mvhd", &words(&[0, 0xA11CE, 0xA11CE, 600, 42]));
    let meta = mp4(b"meta", b"Alice");
    let movie = mp4(
        b"moov",
        &bytes(&[&header, &tracks.concat(), &place, &meta, &[0; 4]]),
    );
    bytes(&[
        &mp4(b"ftyp", b"isom\0\0\0\0"),
        &mp4(b"mdat", b"picturesAAAABBBBB"),
        &movie,
        &mp4(b"uuid", b"0123456789abcdefAlice"),
        &mp4(b"free", b"Alice"),
    ])
}

#[test]
fn a_film_in_boxes_keeps_its_layout_and_loses_what_it_tells() {
    let file = film(&[track(b"vide", 24)]);
    let kept = cleaned(&file);
    assert_eq!(kept.len(), file.len());
    for stays in [b"isom", b"stsd", b"stco", b"vide"] {
        assert!(contains(&kept, stays));
    }
    assert!(contains(&kept, b"picturesAAAABBBBB"));
    assert!(contains(&kept, &words(&[0, 0, 0, 600, 42])), "no times");
    assert!(contains(&kept, &words(&[0, 0, 0, 1000, 9])), "no times");
    assert!(!contains(&kept, b"udta") && !contains(&kept, b"meta") && !contains(&kept, b"uuid"));
}

#[test]
fn a_track_of_places_goes_with_its_samples() {
    // The samples begin after `ftyp` of 16 bytes, the head of `mdat` and eight bytes.
    let file = film(&[track(b"vide", 24), track(b"meta", 32)]);
    let kept = cleaned(&file);
    assert!(contains(&kept, b"pictures\0\0\0\0\0\0\0\0\0"));
    assert_eq!(kept.windows(4).filter(|kind| kind == b"trak").count(), 1);
}

#[test]
fn film_in_fragments_loses_clock_and_messages() {
    let fragments = bytes(&[
        &mp4(b"prft", b"Alice"),
        &mp4(b"emsg", b"Alice"),
        &mp4(b"moof", &mp4(b"mfhd", &words(&[0, 1]))),
        &mp4(b"mdat", b"pictures"),
    ]);
    let kept = cleaned(&bytes(&[&film(&[track(b"vide", 24)]), &fragments]));
    assert!(contains(&kept, b"moof") && contains(&kept, b"mfhd"));
    let mut noted = bytes(&[&film(&[track(b"meta", 24)]), &fragments]);
    assert!(
        clean(&mut noted, Content::Boxes).is_err(),
        "samples of metadata can't be found in fragments"
    );
}

#[test]
fn film_tells_nothing_in_inner_boxes() {
    let note = mp4(b"udta", b"Alice");
    let entry = [&[0; 42], b"\x0fAlice's camera\0".as_slice(), &[0; 20]].concat();
    let samples = bytes(&[&words(&[0, 1]), &mp4(b"avc1", &entry)]);
    let table = mp4(b"stbl", &bytes(&[&mp4(b"stsd", &samples), &note]));
    let media = mp4(b"mdia", &mp4(b"minf", &bytes(&[&table, &note])));
    let edits = mp4(b"edts", &bytes(&[&mp4(b"elst", b"stays"), &note]));
    let movie = mp4(b"moov", &mp4(b"trak", &bytes(&[&media, &edits])));
    let fragment = mp4(b"traf", &bytes(&[&mp4(b"tfhd", b"stays"), &note]));
    let file = [
        mp4(b"ftyp", b"isom\0\0\0\0"),
        movie,
        mp4(b"moof", &fragment),
    ]
    .concat();
    let kept = cleaned(&file);
    assert_eq!(kept.len(), file.len());
    for stays in [b"avc1".as_slice(), b"elststays", b"tfhdstays"] {
        assert!(contains(&kept, stays));
    }
}

#[test]
fn boxes_that_contradict_each_other_are_refused() {
    let long = mp4(b"moov", &bytes(&[&words(&[900]), b"trak"]));
    let short = mp4(b"moov", &bytes(&[&words(&[3]), b"trak"]));
    let packed = mp4(b"moov", &mp4(b"cmov", b"x"));
    let mut many = track(b"meta", 0);
    let at = many.windows(4).position(|kind| kind == b"stsz").unwrap();
    many.splice(at + 8..at + 12, words(&[u32::MAX]));
    for bad in [long, short, packed, mp4(b"moov", &many)] {
        let mut file = bytes(&[&mp4(b"ftyp", b"isom"), &bad]);
        assert!(clean(&mut file, Content::Boxes).is_err());
    }
}

/// An element of Matroska; an id of any length, and a length in eight bytes.
fn element(id: &[u8], content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u64 | 1 << 56).to_be_bytes();
    bytes(&[id, &length, content])
}

#[test]
fn a_film_in_elements_keeps_its_layout_and_loses_what_it_tells() {
    let info = element(
        &[0x15, 0x49, 0xa9, 0x66],
        &bytes(&[
            b"\xbf\x84Alic",
            &element(&[0x2a, 0xd7, 0xb1], &[15, 66, 64]),
            &element(&[0x7b, 0xa9], b"Alice at home"),
            &element(&[0x4d, 0x80], b"Alice's phone"),
            b"\x44\x61\x88Alice's!",
        ]),
    );
    let entry = element(&[0xae], &bytes(&[b"\xd7\x81\x01", b"\x53\x6e\x85Alice"]));
    let tracks = element(&[0x16, 0x54, 0xae, 0x6b], &entry);
    let chapters = element(&[0x10, 0x43, 0xa7, 0x70], b"\x85\x85Alice");
    let tags = element(
        &[0x12, 0x54, 0xc3, 0x67],
        &bytes(&[b"52.52 Alice", &[7; 200]]),
    );
    // As browsers write it: a segment and a cluster that don't say their lengths.
    let unknown = [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let cluster = bytes(&[
        &[0x1f, 0x43, 0xb6, 0x75],
        &unknown,
        b"\xe7\x81\x00\xa3\x85block",
    ]);
    let file = bytes(&[
        &element(&[0x1a, 0x45, 0xdf, 0xa3], b"\x42\x82\x84webm"),
        &[0x18, 0x53, 0x80, 0x67],
        &unknown,
        &info,
        &tracks,
        &chapters,
        &cluster,
        &tags,
        b"\xec\x85Alice",
    ]);
    let kept = cleaned(&file);
    assert_eq!(kept.len(), file.len());
    for stays in [
        b"\x42\x82\x84webm".as_slice(),
        b"\xd7\x81\x01",
        b"\xa3\x85block",
    ] {
        assert!(contains(&kept, stays));
    }
    let void = bytes(&[&[0xec, 1], &(211_u64 + 12 - 9).to_be_bytes()[1..]]);
    assert!(contains(&kept, &void), "the tags are one void element");
    assert!(
        contains(&kept, &[0x4d, 0x80, 1, 0, 0, 0, 0, 0, 0, 13, 0, 0]),
        "empty but there"
    );
    assert!(contains(&kept, &[0xec, 0x84, 0, 0, 0, 0]), "no checksum");
    let mut bad = bytes(&[&file, b"\0words"]);
    assert!(clean(&mut bad, Content::Matroska).is_err());
}

#[test]
fn formats_are_told_by_content() {
    for (file, expected) in [
        (
            &b"\xff\xd8\xff\xe0"[..],
            Some(Content::Picture(ImageFormat::Jpeg)),
        ),
        (b"GIF89a", Some(Content::Picture(ImageFormat::Gif))),
        (
            b"RIFF\0\0\0\0WEBP",
            Some(Content::Picture(ImageFormat::WebP)),
        ),
        (b"\0\0\0\x18ftypheic", Some(Content::UnknownPicture)),
        (b"II*\0", Some(Content::UnknownPicture)),
        (
            b"\0\0\0\x18ftypisom\0\0\0\0mp41avif",
            Some(Content::UnknownPicture),
        ),
        (b"\0\0\0\x10ftypmif2\0\0\0\0", Some(Content::UnknownPicture)),
        (b"\0\0\0\x10ftypisom\0\0\0\0avif", Some(Content::Boxes)),
        (b"\0\0\0\x18ftypM4A ", Some(Content::Boxes)),
        (b"\0\0\0\x0cuuidAlic", Some(Content::Boxes)),
        (b"\0\0\0\x0cstypmsdh", Some(Content::Boxes)),
        (b"\0\0\x01\xba\x44", Some(Content::Video)),
        (b"\0\0\x01\xb3\x14", Some(Content::Video)),
        (b"\0\0\0\x08wide", Some(Content::Boxes)),
        (b"Get free beer", None),
        (b"ID3 tags", None),
        (b"MMORPGs", None),
        (b"\xff\xfeU\0T\0F\0", Some(Content::Mpeg)),
        (b"%PDF-1.7", None),
        (b"words", None),
        (b"", None),
    ] {
        assert_eq!(Content::of(file), expected, "{file:?}");
    }
    let mut text = b"\xff\xfeU\0T\0F\0".to_vec();
    clean(&mut text, Content::Mpeg).unwrap();
    assert_eq!(text, b"\xff\xfeU\0T\0F\0", "text stays as it is");
}

#[test]
fn damage_is_refused_or_passed_over_and_never_a_panic() {
    let files = [
        film(&[track(b"vide", 24), track(b"meta", 32)]),
        element(&[0x18, 0x53, 0x80, 0x67], &element(&[0x4d, 0x80], b"Alice")),
        bytes(&[
            &sounds::page(2, &[8], b"OpusHead"),
            &sounds::page(0, &[17], b"OpusTags\x01\0\0\0A\0\0\0\0"),
        ]),
        bytes(&[b"fLaC\0\0\0\x04info", &[0x84, 0, 0, 5], b"Alice"]),
        b"RIFF\x10\0\0\0WAVEfmt \x01\0\0\0x\0".to_vec(),
    ];
    for (file, content) in files
        .iter()
        .map(|file| (file, Content::of(file).unwrap_or(Content::Matroska)))
    {
        for at in 0..file.len() {
            let _ = clean(&mut file[..at].to_vec(), content);
            for with in [0, 1, 0x7f, 0x80, 0xff] {
                let mut damaged = file.clone();
                damaged[at] = with;
                let _ = clean(&mut damaged, content);
            }
        }
    }
}

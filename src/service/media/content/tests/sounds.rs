//! Sounds: Ogg, MP3, FLAC, WAV, and AVI, which is built like that.

use super::*;

/// A page of Ogg with one packet, or a part of one.
pub(super) fn page(flags: u8, lengths: &[u8], content: &[u8]) -> Vec<u8> {
    let count = [u8::try_from(lengths.len()).unwrap()];
    let stream = [9, 0, 0, 0];
    bytes(&[
        b"OggS\0",
        &[flags],
        &[0; 8],
        &stream,
        &[0; 8],
        &count,
        lengths,
        content,
    ])
}

#[test]
fn comments_of_ogg_become_empty_ones_of_the_same_length() {
    let comments = |prefix: &[u8], tail: &[u8]| {
        let place = [&b"GEO=52.52 Alice "[..], &[b'x'; 300]].concat();
        let length = u32::try_from(place.len()).unwrap().to_le_bytes();
        bytes(&[
            prefix,
            &[5, 0, 0, 0],
            b"Alice",
            &[1, 0, 0, 0],
            &length,
            &place,
            tail,
        ])
    };
    for (first, prefix, tail) in [
        (&b"OpusHead"[..], &b"OpusTags"[..], &b""[..]),
        (b"\x01vorbis", b"\x03vorbis", b"\x01"),
        (b"\x80theora", b"\x81theora", b""),
        (b"Speex   ", b"", b""),
    ] {
        let packet = comments(prefix, tail);
        let (part, rest) = packet.split_at(255);
        let file = bytes(&[
            &page(2, &[u8::try_from(first.len()).unwrap()], first),
            &page(0, &[255], part),
            &page(
                1,
                &[u8::try_from(rest.len()).unwrap(), 5],
                &bytes(&[rest, b"sound"]),
            ),
            &page(4, &[5], b"Sound"),
        ]);
        let kept = cleaned(&file);
        assert_eq!(kept.len(), file.len());
        assert!(contains(&kept, prefix) && contains(&kept, b"sound") && contains(&kept, b"Sound"));
        let name = u32::try_from(packet.len() - prefix.len() - 8 - tail.len()).unwrap();
        assert!(contains(
            &kept,
            &bytes(&[prefix, &name.to_le_bytes(), &[0; 9]])
        ));
    }
    // A checksum as libogg makes it.
    let mut one = page(0, &[1], b"a");
    let sum = one.clone();
    assert_eq!(one[22..26], [0; 4]);
    clean(&mut one, Content::Ogg).unwrap();
    assert_eq!(one, sum, "what has no comments stays as it is");
}

#[test]
fn ogg_of_unknown_codec_is_refused() {
    let known = bytes(&[
        &page(2, &[8], b"fishead\0"),
        &page(2, &[8], b"OpusHead"),
        &page(0, &[16], &bytes(&[b"OpusTags", &[0; 8]])),
    ]);
    clean(&mut known.clone(), Content::Ogg).unwrap();
    let video = page(2, &[5], b"OVP80");
    assert!(clean(&mut bytes(&[&video, &known]), Content::Ogg).is_err());
}

#[test]
fn blocks_of_flac_in_ogg_are_emptied() {
    let comments = bytes(&[&[4, 0, 0, 17], &[5, 0, 0, 0], b"Alice", &[0; 8]]);
    let picture = bytes(&[&[0x86, 0, 0, 5], b"Alice"]);
    let file = bytes(&[
        &page(2, &[9], b"\x7fFLAC\x01\0\0\x02"),
        &page(0, &[21, 9], &bytes(&[&comments, &picture])),
        &page(0, &[3], b"\xff\xf8x"),
    ]);
    let kept = cleaned(&file);
    let empty = bytes(&[&[4, 0, 0, 17, 9], &[0; 16], &[0x81, 0, 0, 5], &[0; 5]]);
    assert!(contains(&kept, &empty));
    assert!(contains(&kept, b"\xff\xf8x"));
}

#[test]
fn sounds_lose_the_tags_around_them() {
    let sound = b"\xff\xfb\x90\x00 frames";
    let ape = bytes(&[b"APETAGEX", &[0; 4], &[37, 0, 0, 0], &[0; 16]]);
    let file = bytes(&[
        b"ID3\x04\0\0\0\0\x01\x0052.52 ",
        &[b'x'; 122],
        b"ID3\x03\0\0\0\0\0\x05Alice",
        sound,
        b"Alice",
        &ape,
        b"LYRICSBEGINAlice000016LYRICS200",
        b"TAGAlice",
        &[0; 120],
    ]);
    assert_eq!(cleaned(&file), sound);
    let untagged = bytes(&[sound, b"TAGAlice", &[0; 120]]);
    assert_eq!(cleaned(&untagged), sound);
}

#[test]
fn blocks_of_flac_become_padding() {
    let file = bytes(&[
        b"ID3\x04\0\0\0\0\0\x05Alice",
        b"fLaC",
        &[0, 0, 0, 4],
        b"info",
        &[4, 0, 0, 5],
        b"Alice",
        &[0x86, 0, 0, 5],
        b"Alice",
        b"\xff\xf8",
    ]);
    let padding = bytes(&[
        b"fLaC\0\0\0\x04info",
        &[1, 0, 0, 5],
        &[0; 5],
        &[0x81, 0, 0, 5],
        &[0; 5],
    ]);
    assert_eq!(cleaned(&file), bytes(&[&padding, b"\xff\xf8"]));
    for bad in [b"fLaC".as_slice(), b"fLaC\x04\0\0\x09Alice"] {
        assert!(clean(&mut bad.to_vec(), Content::Flac).is_err());
    }
}

#[test]
fn chunks_of_wav_and_avi_become_junk() {
    let chunk = |kind: &[u8; 4], content: &[u8]| {
        let length = u32::try_from(content.len()).unwrap().to_le_bytes();
        bytes(&[kind, &length, content, &[0; 1][..content.len() % 2]])
    };
    let info = chunk(b"LIST", &bytes(&[b"INFO", &chunk(b"IART", b"Alice")]));
    let wave = bytes(&[
        b"WAVE",
        &chunk(b"fmt ", &[1; 16]),
        &info,
        &chunk(b"data", b"sound"),
    ]);
    let wave = bytes(&[&chunk(b"RIFF", &wave), b"Alice"]);
    let stream = bytes(&[b"strl", &chunk(b"strh", b"head"), &chunk(b"strd", b"Alice")]);
    let headers = bytes(&[b"hdrl", &chunk(b"avih", b"head"), &chunk(b"LIST", &stream)]);
    let avi = bytes(&[
        b"AVI ",
        &chunk(b"LIST", &headers),
        &chunk(b"IDIT", b"Alice 52.52"),
        &chunk(b"LIST", b"movi00dcfilm"),
    ]);
    let avi = chunk(b"RIFF", &avi);
    for (file, stays) in [(wave, b"sound".as_slice()), (avi, b"movi00dcfilm")] {
        let kept = cleaned(&file);
        assert_eq!(kept.len(), file.len());
        assert!(contains(&kept, stays) && contains(&kept, b"JUNK"));
    }
}

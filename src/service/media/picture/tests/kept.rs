//! Profiles, orientation and animation stay with a picture; the rest of its metadata goes.

use super::*;

/// The head of a colour profile for pixels of this kind.
fn profile(space: &[u8]) -> Vec<u8> {
    let mut profile = vec![0; 132];
    profile[16..20].copy_from_slice(space);
    profile[36..40].copy_from_slice(b"acsp");
    profile
}

fn packed(profile: &[u8]) -> Vec<u8> {
    let packed = miniz_oxide::deflate::compress_to_vec_zlib(profile, 9);
    [&b"name\0\0"[..], &packed].concat()
}

fn profile_of(picture: &Picture) -> Option<Vec<u8>> {
    let reader = ImageReader::with_format(Cursor::new(&picture.bytes), picture.format);
    reader.into_decoder().unwrap().icc_profile().unwrap()
}

/// A WebP of these chunks.
fn riff(chunks: &[(&[u8; 4], Vec<u8>)]) -> Bytes {
    let mut file = b"RIFF\0\0\0\0WEBP".to_vec();
    for (kind, data) in chunks {
        file.extend(*kind);
        file.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        file.extend(data);
        file.resize(file.len().next_multiple_of(2), 0);
    }
    let length = u32::try_from(file.len() - 8).unwrap();
    file[4..8].copy_from_slice(&length.to_le_bytes());
    file.into()
}

/// The one frame of a simple WebP.
fn frame() -> Vec<u8> {
    webp(marked(), None)[20..].to_vec()
}

fn canvas(flags: u8) -> Vec<u8> {
    vec![flags, 0, 0, 0, 31, 0, 0, 15, 0, 0]
}

#[test]
fn a_colour_profile_is_kept_only_if_it_fits_the_pixels() {
    for (space, kept) in [(b"RGB ", true), (b"CMYK", false), (b"GRAY", false)] {
        let mut file = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut file, 95);
        encoder.set_icc_profile(profile(space)).unwrap();
        encoded(encoder, None, &marked().into());
        let jpeg = prepare(file.into(), ImageFormat::Jpeg, PIXELS)
            .unwrap()
            .full;
        assert_eq!(profile_of(&jpeg).is_some(), kept, "{space:?}");

        let chunk = chunk(b"iCCP", &packed(&profile(space)));
        let file = with_chunk(&png(marked(), None), &chunk);
        let png = prepare(file, ImageFormat::Png, PIXELS).unwrap().full;
        assert_eq!(profile_of(&png).is_some(), kept, "{space:?}");

        let parts = [
            (b"VP8X", canvas(0x20)),
            (b"ICCP", profile(space)),
            (b"VP8L", frame()),
        ];
        let webp = prepare(riff(&parts), ImageFormat::WebP, PIXELS)
            .unwrap()
            .full;
        assert_eq!(profile_of(&webp).is_some(), kept, "{space:?}");
        assert_eq!(webp.bytes[20] & 0x20 != 0, kept, "the flag says the same");
    }
}

#[test]
fn a_profile_of_a_gigabyte_is_dropped_before_it_is_unpacked() {
    let mut large = profile(b"RGB ");
    large.resize(metadata::MAX_PROFILE_BYTES + 1, 0);
    let bomb = chunk(b"iCCP", &packed(&large));
    let file = with_chunk(&png(marked(), None), &bomb);
    let full = prepare(file, ImageFormat::Png, PIXELS).unwrap().full;
    assert!(!contains(&full.bytes, b"iCCP"));
    large.truncate(metadata::MAX_PROFILE_BYTES);
    let most = chunk(b"iCCP", &packed(&large));
    let file = with_chunk(&png(marked(), None), &most);
    let full = prepare(file, ImageFormat::Png, PIXELS).unwrap().full;
    assert!(contains(&full.bytes, b"iCCP"));
}

#[test]
fn a_turned_animation_keeps_its_frames() {
    let control = chunk(b"acTL", &[0, 0, 0, 1, 0, 0, 0, 0]);
    let png = png(marked(), Some(exif(6)));
    let png = with_chunk(&png, &control);
    let parts = [
        (b"VP8X", canvas(0x0a)),
        (b"ANIM", vec![0; 6]),
        (b"ANMF", {
            let mut frame_data = vec![0, 0, 0, 0, 0, 0, 31, 0, 0, 15, 0, 0, 9, 0, 0, 0];
            frame_data.extend(&webp(marked(), None)[12..]);
            frame_data
        }),
        (b"EXIF", [&b"Exif\0\0"[..], &exif(6)].concat()),
    ];
    for (format, file, frames) in [
        (ImageFormat::Png, png, b"acTL"),
        (ImageFormat::WebP, riff(&parts), b"ANMF"),
    ] {
        assert!(contains(&file, b"GPS 52"));
        let full = prepare(file, format, PIXELS).unwrap().full;
        assert!(contains(&full.bytes, frames), "{format:?}");
        assert!(!contains(&full.bytes, b"GPS 52"), "{format:?}");
        assert_eq!((full.width, full.height), (16, 32), "{format:?}");
        let reader = ImageReader::with_format(Cursor::new(&full.bytes), format);
        let said = reader.into_decoder().unwrap().orientation().unwrap();
        assert_eq!(said, Orientation::Rotate90, "{format:?}");
    }
}

#[test]
fn a_gif_loses_comments_data_of_programs_and_what_follows_it() {
    let mut plain = Vec::new();
    {
        let mut encoder = image::codecs::gif::GifEncoder::new(&mut plain);
        encoder
            .set_repeat(image::codecs::gif::Repeat::Infinite)
            .unwrap();
        for shade in [10, 200] {
            let frame = RgbaImage::from_pixel(4, 4, Rgba([shade, shade, shade, 255]));
            encoder.encode_frame(image::Frame::new(frame)).unwrap();
        }
    }
    // Before the first extension, after the table of colours.
    let at = plain.iter().position(|byte| *byte == 0x21).unwrap();
    let comment = b"\x21\xfe\x05Alice\0";
    let xmp = b"\x21\xff\x0bXMP DataXMP\x06GPS 52\0";
    let text = b"\x21\x01\x0c0123456789ab\x05Alice\0";
    let file = [
        &plain[..at],
        comment,
        xmp,
        text,
        &plain[at..],
        b"Alice's place",
    ]
    .concat();
    let full = prepare(file.into(), ImageFormat::Gif, PIXELS).unwrap().full;
    assert_eq!(full.bytes, plain);
    assert!(contains(&plain, b"NETSCAPE2.0"));
}

#[test]
fn nothing_follows_the_last_chunk_of_a_png_or_webp() {
    for (format, file) in [
        (ImageFormat::Png, png(marked(), None)),
        (ImageFormat::WebP, webp(marked(), None)),
    ] {
        let longer = [&file[..], b"Alice was here"].concat();
        let full = prepare(longer.into(), format, PIXELS).unwrap().full;
        assert_eq!(full.bytes, file, "{format:?}");
    }
}

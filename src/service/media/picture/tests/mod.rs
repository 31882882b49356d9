use image::{GrayImage, Luma, Rgb, RgbImage, Rgba, RgbaImage};

use super::*;

mod kept;

const PIXELS: u64 = 1_000_000;

/// EXIF that says how the camera was held, and where.
fn exif(orientation: u8) -> Vec<u8> {
    let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    exif.extend(b"GPS 52.5200 N");
    exif
}

/// 32 by 16 pixels; the upper left quarter is red, the rest blue.
fn marked() -> RgbImage {
    RgbImage::from_fn(32, 16, |x, y| {
        if x < 16 && y < 8 {
            Rgb([255, 0, 0])
        } else {
            Rgb([0, 0, 255])
        }
    })
}

fn encoded(mut encoder: impl ImageEncoder, exif: Option<Vec<u8>>, image: &DynamicImage) {
    if let Some(exif) = exif {
        encoder.set_exif_metadata(exif).unwrap();
    }
    image.write_with_encoder(encoder).unwrap();
}

fn jpeg(image: impl Into<DynamicImage>, exif: Option<Vec<u8>>) -> Bytes {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
    encoded(encoder, exif, &image.into());
    bytes.into()
}

fn png(image: impl Into<DynamicImage>, exif: Option<Vec<u8>>) -> Bytes {
    let mut bytes = Vec::new();
    encoded(PngEncoder::new(&mut bytes), exif, &image.into());
    bytes.into()
}

fn webp(image: impl Into<DynamicImage>, exif: Option<Vec<u8>>) -> Bytes {
    let mut bytes = Vec::new();
    encoded(WebPEncoder::new_lossless(&mut bytes), exif, &image.into());
    bytes.into()
}

fn decoded(picture: &Picture) -> RgbImage {
    image::load_from_memory_with_format(&picture.bytes, picture.format)
        .unwrap()
        .to_rgb8()
}

/// In which corner the red quarter is: `(right, lower)`.
fn red_corner(image: &RgbImage) -> (bool, bool) {
    let (right, low) = (image.width() - 3, image.height() - 3);
    let corners = [(2, 2), (right, 2), (2, low), (right, low)];
    let red: Vec<_> = corners
        .into_iter()
        .filter(|&(x, y)| image.get_pixel(x, y).0[0] > 128)
        .collect();
    assert_eq!(red.len(), 1);
    (red[0].0 > 2, red[0].1 > 2)
}

/// A chunk of a PNG.
fn chunk(kind: &[u8], data: &[u8]) -> Vec<u8> {
    let named = [kind, data].concat();
    let length = u32::try_from(data.len()).unwrap();
    let sum = crc32fast::hash(&named);
    [&length.to_be_bytes()[..], &named, &sum.to_be_bytes()].concat()
}

/// A PNG with one more chunk, after the first.
fn with_chunk(file: &[u8], chunk: &[u8]) -> Bytes {
    [&file[..33], chunk, &file[33..]].concat().into()
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn pictures_are_set_upright_whichever_way_the_camera_was_held() {
    let expected = [
        (1, (32, 16), (false, false)),
        (2, (32, 16), (true, false)),
        (3, (32, 16), (true, true)),
        (4, (32, 16), (false, true)),
        (5, (16, 32), (false, false)),
        (6, (16, 32), (true, false)),
        (7, (16, 32), (true, true)),
        (8, (16, 32), (false, true)),
    ];
    for (orientation, size, corner) in expected {
        for (format, file) in [
            (ImageFormat::Jpeg, jpeg(marked(), Some(exif(orientation)))),
            (ImageFormat::Png, png(marked(), Some(exif(orientation)))),
            (ImageFormat::WebP, webp(marked(), Some(exif(orientation)))),
        ] {
            let full = prepare(file, format, PIXELS).unwrap().full;
            assert_eq!((full.width, full.height), size, "{format:?} {orientation}");
            let image = decoded(&full);
            assert_eq!(image.dimensions(), size, "{format:?} {orientation}");
            assert_eq!(red_corner(&image), corner, "{format:?} {orientation}");
        }
    }
}

#[test]
fn nothing_of_where_a_picture_was_taken_is_kept() {
    for orientation in [1, 6] {
        for (format, file) in [
            (ImageFormat::Jpeg, jpeg(marked(), Some(exif(orientation)))),
            (ImageFormat::Png, png(marked(), Some(exif(orientation)))),
            (ImageFormat::WebP, webp(marked(), Some(exif(orientation)))),
        ] {
            assert!(contains(&file, b"GPS 52"), "{format:?}");
            let full = prepare(file, format, PIXELS).unwrap().full;
            assert!(!contains(&full.bytes, b"GPS 52"), "{format:?}");
            assert_eq!(red_corner(&decoded(&full)), (orientation == 6, false));
        }
    }
}

#[test]
fn an_upright_png_keeps_every_pixel_and_loses_its_texts() {
    let image = RgbaImage::from_fn(9, 7, |x, y| {
        let [.., low] = (x * 7 + y).to_be_bytes();
        Rgba([low, 3, 200, 128])
    });
    let text = chunk(b"tEXt", b"Author\0Alice");
    let file = with_chunk(&png(image.clone(), None), &text);
    assert!(contains(&file, b"Alice"));
    let full = prepare(file, ImageFormat::Png, PIXELS).unwrap().full;
    assert!(!contains(&full.bytes, b"Alice"));
    let kept = image::load_from_memory(&full.bytes).unwrap().to_rgba8();
    assert_eq!(kept, image);
}

#[test]
fn only_large_pictures_get_a_thumbnail_and_it_keeps_their_shape() {
    let gray = |width, height| GrayImage::from_pixel(width, height, Luma([9]));
    let thumbnail = |width, height| {
        let prepared = prepare(jpeg(gray(width, height), None), ImageFormat::Jpeg, PIXELS).unwrap();
        assert_eq!((prepared.full.width, prepared.full.height), (width, height));
        prepared.thumbnail.map(|small| {
            assert_eq!(decoded(&small).dimensions(), (small.width, small.height));
            (small.width, small.height)
        })
    };
    assert_eq!(thumbnail(320, 320), None);
    assert_eq!(thumbnail(321, 100), Some((320, 100)));
    assert_eq!(thumbnail(640, 480), Some((320, 240)));
    assert_eq!(thumbnail(480, 640), Some((240, 320)));
    assert_eq!(thumbnail(2000, 1), Some((320, 1)));
}

#[test]
fn an_animation_is_kept_whole_and_its_thumbnail_stands_still() {
    let mut file = Vec::new();
    {
        let mut encoder = image::codecs::gif::GifEncoder::new(&mut file);
        for shade in [10, 200] {
            let frame = RgbaImage::from_pixel(400, 200, Rgba([shade, shade, shade, 255]));
            encoder.encode_frame(image::Frame::new(frame)).unwrap();
        }
    }
    let file = Bytes::from(file);
    let prepared = prepare(file.clone(), ImageFormat::Gif, PIXELS).unwrap();
    assert_eq!(prepared.full.bytes, file);
    let small = prepared.thumbnail.unwrap();
    assert_eq!(
        (small.format, small.width, small.height),
        (ImageFormat::Png, 320, 160)
    );
}

#[test]
fn oversized_picture_is_rejected_before_decoding() {
    let mut claim = [60_000_u32.to_be_bytes(), 60_000_u32.to_be_bytes()].concat();
    claim.extend([8, 6, 0, 0, 0]);
    let mut file = png(marked(), None).to_vec();
    file.splice(8..33, chunk(b"IHDR", &claim));
    let refused = prepare(file.into(), ImageFormat::Png, 50_000_000);
    assert!(matches!(
        refused,
        Err(BadPicture::TooLarge {
            width: 60_000,
            height: 60_000
        })
    ));
    let allowed = prepare(png(marked(), None), ImageFormat::Png, 32 * 16);
    assert!(allowed.is_ok());
    let refused = prepare(png(marked(), None), ImageFormat::Png, 32 * 16 - 1);
    assert!(matches!(refused, Err(BadPicture::TooLarge { .. })));
}

#[test]
fn truncated_or_foreign_bytes_are_rejected_without_panic() {
    let files = [
        (ImageFormat::Jpeg, jpeg(marked(), Some(exif(6)))),
        (ImageFormat::Png, png(marked(), Some(exif(6)))),
        (ImageFormat::WebP, webp(marked(), Some(exif(6)))),
    ];
    for (format, file) in &files {
        for length in 0..file.len() / 2 {
            assert!(
                prepare(file.slice(..length), *format, PIXELS).is_err(),
                "{format:?} {length}"
            );
        }
        for at in 0..file.len() {
            let mut damaged = file.to_vec();
            damaged[at] ^= 0xff;
            // Good or bad, it comes back.
            let _ = prepare(damaged.into(), *format, PIXELS);
        }
        for (other, _) in files.iter().filter(|(other, _)| other != format) {
            assert!(prepare(file.clone(), *other, PIXELS).is_err());
        }
    }
    assert!(prepare(Bytes::from_static(b"GIF89a"), ImageFormat::Gif, PIXELS).is_err());
}

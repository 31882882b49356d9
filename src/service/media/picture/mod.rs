//! Work on pictures: decoding within bounds, setting upright, taking out what they tell of their
//! maker, and thumbnails. Pure; it takes its time, so it is called where blocking is allowed.

pub(crate) mod drawing;
mod gif;
mod metadata;
mod png;
mod webp;

use std::io::Cursor;

use bytes::Bytes;
use image::{
    DynamicImage, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Limits,
    codecs::{jpeg::JpegEncoder, png::PngEncoder, webp::WebPEncoder},
    metadata::Orientation,
};

use metadata::Metadata;
/// The longer side of a thumbnail (pump-api 11).
const THUMBNAIL_SIDE_PIXELS: u32 = 320;

/// The quality of JPEGs that we write.
const JPEG_QUALITY: u8 = 90;

/// The most bytes of a decoded pixel: four channels of 16 bits.
const MAX_BYTES_PER_PIXEL: u64 = 8;

/// Memory of decoders besides the pixels, in bytes.
const DECODER_HEADROOM_BYTES: u64 = 64 * 1024 * 1024;

/// An encoded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Its file.
    pub bytes: Bytes,
    /// In which format.
    pub format: ImageFormat,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
}

/// A picture as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Prepared {
    /// The picture in its full size, upright, and silent about its maker.
    pub full: Picture,
    /// A small one, if the full one is not small itself.
    pub thumbnail: Option<Picture>,
}

/// Why a picture is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadPicture {
    /// More pixels than are allowed; nothing was decoded.
    #[error("The picture has {width} by {height} pixels, more than this server takes.")]
    TooLarge {
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
    },
    /// Not a picture of the format it is said to be, or damaged.
    #[error("The picture can't be read: {0}")]
    Unreadable(#[from] image::ImageError),
}

/// A square to be cut out of a picture, in pixels of the upright one. It is moved and made smaller
/// until it is within the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Square {
    /// Distance from the left.
    pub x: u32,
    /// Distance from the top.
    pub y: u32,
    /// Width and height.
    pub size: u32,
}

/// Cut of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// All of it is kept.
    Whole,
    /// A square is kept; the largest in the middle where none is given.
    Square(Option<Square>),
}

impl Cut {
    fn apply(self, image: DynamicImage) -> DynamicImage {
        let Self::Square(square) = self else {
            return image;
        };
        let (width, height) = (image.width(), image.height());
        let most = width.min(height);
        let centre = Square {
            x: (width - most) / 2,
            y: (height - most) / 2,
            size: most,
        };
        let Square { x, y, size } = square.filter(|square| square.size > 0).unwrap_or(centre);
        let size = size.min(most);
        image.crop_imm(x.min(width - size), y.min(height - size), size, size)
    }
}

/// Decodes a picture and makes of it what is kept. `max_pixels` bounds width times height, before
/// anything is decoded; metadata is taken out before that, so that decoders need no room for it.
pub(crate) fn prepare_cut(
    file: Bytes,
    format: ImageFormat,
    max_pixels: u64,
    cut: Cut,
) -> Result<Prepared, BadPicture> {
    let mut file = Vec::from(file);
    let found = strip(&mut file, format);
    let decoded = decode(&file, format, max_pixels)?;
    // Positions hide in too many places of a JPEG (EXIF, XMP, maker notes, previews, pictures after
    // the picture) to take them all out, so it is written anew.
    let anew = format == ImageFormat::Jpeg;
    let Metadata {
        orientation,
        animated,
    } = found.unwrap_or(Metadata {
        orientation: decoded.orientation,
        animated: false,
    });
    let mut image = decoded.image;
    image.apply_orientation(orientation);
    // Others are written anew only if they must be turned: that makes lossy WebPs many times
    // larger, and of an animation it would keep one frame.
    let turned = orientation != Orientation::NoTransforms && !animated;
    let is_cut = cut != Cut::Whole;
    // A cut stands still.
    let format = if is_cut { still(format) } else { format };
    image = cut.apply(image);
    let bytes = if anew || turned || is_cut {
        drop(file);
        encode(&image, format, decoded.profile.clone())?
    } else {
        file.into()
    };
    let full = Picture {
        bytes,
        format,
        width: image.width(),
        height: image.height(),
    };
    let thumbnail = if image.width().max(image.height()) > THUMBNAIL_SIDE_PIXELS {
        Some(thumbnail(&image, format, decoded.profile)?)
    } else {
        None
    };
    Ok(Prepared { full, thumbnail })
}

/// Prepares a whole picture.
#[cfg(test)]
fn prepare(file: Bytes, format: ImageFormat, max_pixels: u64) -> Result<Prepared, BadPicture> {
    prepare_cut(file, format, max_pixels, Cut::Whole)
}

/// Takes metadata out of a file that need not be written anew.
fn strip(file: &mut Vec<u8>, format: ImageFormat) -> Option<Metadata> {
    match format {
        ImageFormat::Png => Some(png::strip(file)),
        ImageFormat::WebP => Some(webp::strip(file)),
        ImageFormat::Gif => {
            gif::strip(file);
            Some(Metadata::none())
        }
        _ => None,
    }
}

struct Decoded {
    image: DynamicImage,
    orientation: Orientation,
    profile: Option<Vec<u8>>,
}

fn decode(file: &[u8], format: ImageFormat, max_pixels: u64) -> Result<Decoded, BadPicture> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(
        max_pixels
            .saturating_mul(MAX_BYTES_PER_PIXEL)
            .saturating_add(DECODER_HEADROOM_BYTES),
    );
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > max_pixels {
        return Err(BadPicture::TooLarge { width, height });
    }
    limits.reserve(decoder.total_bytes())?;
    // Damaged metadata is no reason to refuse a picture: it is not kept anyway.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten();
    Ok(Decoded {
        image: DynamicImage::from_decoder(decoder)?,
        orientation,
        profile,
    })
}

fn thumbnail(
    image: &DynamicImage,
    format: ImageFormat,
    profile: Option<Vec<u8>>,
) -> Result<Picture, BadPicture> {
    let small = image.thumbnail(THUMBNAIL_SIDE_PIXELS, THUMBNAIL_SIDE_PIXELS);
    // A thumbnail stands still.
    let format = still(format);
    Ok(Picture {
        bytes: encode(&small, format, profile)?,
        format,
        width: small.width(),
        height: small.height(),
    })
}

/// Returns the format of a picture that stands still, and keeps its colours: PNG for a GIF, which
/// has 256 of them.
fn still(format: ImageFormat) -> ImageFormat {
    match format {
        ImageFormat::Gif => ImageFormat::Png,
        format => format,
    }
}

fn encode(
    image: &DynamicImage,
    format: ImageFormat,
    profile: Option<Vec<u8>>,
) -> Result<Bytes, BadPicture> {
    let mut bytes = Vec::new();
    match format {
        ImageFormat::Jpeg => {
            let gray = !image.color().has_color();
            let image = if gray {
                DynamicImage::from(image.to_luma8())
            } else {
                DynamicImage::from(image.to_rgb8())
            };
            write(
                &image,
                JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY),
                profile,
            )?;
        }
        ImageFormat::WebP => {
            let image = DynamicImage::from(image.to_rgba8());
            write(&image, WebPEncoder::new_lossless(&mut bytes), profile)?;
        }
        _ => write(image, PngEncoder::new(&mut bytes), profile)?,
    }
    Ok(bytes.into())
}

fn write(
    image: &DynamicImage,
    mut encoder: impl ImageEncoder,
    profile: Option<Vec<u8>>,
) -> Result<(), BadPicture> {
    let gray = !image.color().has_color();
    if let Some(profile) = profile.filter(|profile| metadata::fits(profile, gray)) {
        // An encoder that can't keep a profile writes the picture without.
        let _ = encoder.set_icc_profile(profile);
    }
    Ok(image.write_with_encoder(encoder)?)
}

#[cfg(test)]
mod tests;

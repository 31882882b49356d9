//! Metadata of pictures, apart from their pixels: the little that is kept of it.

use image::metadata::Orientation;

/// Longest colour profile that is kept, in bytes. Those of cameras and screens are far shorter.
pub(super) const MAX_PROFILE_BYTES: usize = 1024 * 1024;

/// Metadata found in a file that was stripped of it.
pub(super) struct Metadata {
    /// How the picture must be turned to be upright.
    pub(super) orientation: Orientation,
    /// Whether it has several frames.
    pub(super) animated: bool,
}

impl Metadata {
    /// Metadata of a file that has none.
    pub(super) fn none() -> Self {
        Self {
            orientation: Orientation::NoTransforms,
            animated: false,
        }
    }

    /// Whether the frames stay as they are, and the file has to say how they are turned.
    pub(super) fn is_turned_animation(&self) -> bool {
        self.animated && self.orientation != Orientation::NoTransforms
    }
}

/// Whether a colour profile describes such pixels: grey ones, or red, green and blue. Any other
/// would show wrong colours.
pub(super) fn fits(profile: &[u8], gray: bool) -> bool {
    let space: &[u8] = if gray { b"GRAY" } else { b"RGB " };
    profile.len() <= MAX_PROFILE_BYTES
        && profile.get(16..20) == Some(space)
        && profile.get(36..40) == Some(b"acsp".as_slice())
}

/// The orientation in an EXIF block, with or without the name that some programs put before it.
pub(super) fn orientation(exif: &[u8]) -> Orientation {
    let exif = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    Orientation::from_exif_chunk(exif).unwrap_or(Orientation::NoTransforms)
}

/// An EXIF block with this orientation and nothing else.
pub(super) fn exif(orientation: Orientation) -> [u8; 26] {
    let mut exif = *b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\0\0\0\0\0\0\0\0";
    exif[18] = orientation.to_exif();
    exif
}

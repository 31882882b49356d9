//! Formats of files by their content, and removal of what they tell of persons, places and devices.
//!
//! Walks are in place, so that a file of any size takes no more memory than itself. Nothing that a
//! file says of lengths or counts is trusted.

mod boxes;
mod matroska;
mod mp4;
mod ogg;
mod riff;
mod samples;
mod tags;

use image::ImageFormat;

/// A format that a file is in, whatever its sender calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A picture that is decoded.
    Picture(ImageFormat),
    /// A picture that can't be decoded, of a format in which cameras note places.
    UnknownPicture,
    /// Boxes: MP4, `QuickTime`, 3GP.
    Boxes,
    /// Matroska or `WebM`.
    Matroska,
    /// Ogg.
    Ogg,
    /// FLAC.
    Flac,
    /// MP3 or another stream of frames, with tags around it.
    Mpeg,
    /// WAV or AVI.
    Riff,
    /// MPEG-1 or MPEG-2 video, with or without sound. It has no place for metadata.
    Video,
}

/// A file whose structure can't be followed.
#[derive(Debug, thiserror::Error)]
#[error("The file can't be read: {0}")]
pub(super) struct Damaged(pub(super) &'static str);

/// Kinds of boxes that a file without `ftyp` begins with: of `QuickTime`, or a segment of a film.
const FIRST_BOXES: &[&[u8]] = &[
    b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"uuid", b"udta", b"meta", b"styp",
    b"sidx", b"moof", b"emsg", b"prft",
];

/// Brands of pictures in boxes: HEIF, AVIF, and what cameras of Canon write.
const PICTURE_BRANDS: &[&[u8]] = &[
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2", b"msf1", b"miaf",
    b"MiHE", b"MiHB", b"avif", b"avis", b"avio", b"crx ",
];

/// Beginnings of other pictures: TIFF, which most raw formats are, JPEG XL and JPEG 2000.
const PICTURES: &[&[u8]] = &[
    b"II*\0",
    b"MM\0*",
    b"II+\0",
    b"MM\0+",
    b"IIU\0",
    b"IIRO\x08",
    b"IIRS\x08",
    b"MMOR\0",
    b"FUJIFILMCCD-RAW",
    b"\0\0\0\x0cJXL ",
    b"\0\0\0\x0cjP  ",
];

impl Content {
    /// The format of a file, if it is one that is known here.
    pub(super) fn of(file: &[u8]) -> Option<Self> {
        let starts = |magic: &[u8]| file.starts_with(magic);
        let word = |at: usize| file.get(at..at + 4).unwrap_or_default();
        match file {
            _ if starts(b"\xff\xd8\xff") => Some(Self::Picture(ImageFormat::Jpeg)),
            _ if starts(b"\x89PNG\r\n\x1a\n") => Some(Self::Picture(ImageFormat::Png)),
            _ if starts(b"GIF87a") || starts(b"GIF89a") => Some(Self::Picture(ImageFormat::Gif)),
            _ if starts(b"RIFF") => match word(8) {
                b"WEBP" => Some(Self::Picture(ImageFormat::WebP)),
                b"WAVE" | b"AVI " => Some(Self::Riff),
                _ => None,
            },
            _ if PICTURES.iter().any(|magic| starts(magic)) => Some(Self::UnknownPicture),
            _ if word(4) == b"ftyp" => {
                let is_picture = boxes::brands(file).any(|brand| PICTURE_BRANDS.contains(&brand));
                Some(if is_picture {
                    Self::UnknownPicture
                } else {
                    Self::Boxes
                })
            }
            _ if FIRST_BOXES.contains(&word(4)) && boxes::fits(file) => Some(Self::Boxes),
            _ if starts(b"\x1a\x45\xdf\xa3") => Some(Self::Matroska),
            _ if starts(b"OggS") => Some(Self::Ogg),
            _ if starts(b"fLaC") => Some(Self::Flac),
            // A version follows, and no letter.
            [b'I', b'D', b'3', ..=4, ..] => Some(Self::Mpeg),
            // Eleven bits mark the beginning of a frame.
            [0xff, second, ..] if second & 0xe0 == 0xe0 => Some(Self::Mpeg),
            // A pack, a sequence, or packets of 188 bytes.
            [0, 0, 1, 0xba | 0xb3, ..] => Some(Self::Video),
            [b'G', ..] if file.get(188) == Some(&b'G') => Some(Self::Video),
            _ => None,
        }
    }
}

/// Removes what a film or a sound of this format tells of persons, places and devices. Pictures are
/// for [`super::picture`].
pub(super) fn clean(file: &mut Vec<u8>, content: Content) -> Result<(), Damaged> {
    match content {
        Content::Boxes => mp4::clean(file)?,
        Content::Matroska => matroska::clean(file)?,
        Content::Ogg => ogg::clean(file)?,
        Content::Flac | Content::Mpeg => tags::clean(file)?,
        Content::Riff => riff::clean(file),
        Content::Picture(_) | Content::UnknownPicture | Content::Video => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests;

//! Which media types there are, and what each of them is here (pump-api 11).

use image::ImageFormat;

/// Kind of object that a file becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// A picture that is decoded.
    Picture(ImageFormat),
    /// A drawing that is not: SVG.
    Drawing,
    /// Sound.
    Audio,
    /// Moving pictures.
    Video,
    /// Anything else.
    File,
}

impl FileKind {
    /// The `objectType` of what is made of the file.
    pub(crate) fn object_type(self) -> &'static str {
        match self {
            Self::Picture(_) | Self::Drawing => "image",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::File => "file",
        }
    }
}

/// Media types, the extension of their files, and what they are.
const FORMATS: &[(&str, &str, FileKind)] = &[
    ("image/jpeg", "jpg", FileKind::Picture(ImageFormat::Jpeg)),
    ("image/png", "png", FileKind::Picture(ImageFormat::Png)),
    ("image/gif", "gif", FileKind::Picture(ImageFormat::Gif)),
    ("image/webp", "webp", FileKind::Picture(ImageFormat::WebP)),
    ("image/svg+xml", "svg", FileKind::Drawing),
    ("audio/aac", "aac", FileKind::Audio),
    ("audio/flac", "flac", FileKind::Audio),
    ("audio/mp4", "m4a", FileKind::Audio),
    ("audio/mpeg", "mp3", FileKind::Audio),
    ("audio/ogg", "ogg", FileKind::Audio),
    ("audio/webm", "weba", FileKind::Audio),
    ("audio/x-wav", "wav", FileKind::Audio),
    ("video/3gpp", "3gp", FileKind::Video),
    ("video/mpeg", "mpg", FileKind::Video),
    ("video/mp4", "mp4", FileKind::Video),
    ("video/quicktime", "mov", FileKind::Video),
    ("video/ogg", "ogv", FileKind::Video),
    ("video/webm", "webm", FileKind::Video),
    ("video/x-matroska", "mkv", FileKind::Video),
    ("video/x-msvideo", "avi", FileKind::Video),
];

/// Other names of those types that are in use.
const ALIASES: &[(&str, &str)] = &[
    ("image/jpg", "image/jpeg"),
    ("image/pjpeg", "image/jpeg"),
    ("image/x-png", "image/png"),
    ("audio/mp3", "audio/mpeg"),
    ("audio/wav", "audio/x-wav"),
    ("audio/wave", "audio/x-wav"),
    ("audio/x-flac", "audio/flac"),
    ("audio/m4a", "audio/mp4"),
    ("audio/x-m4a", "audio/mp4"),
    ("video/avi", "video/x-msvideo"),
];

/// The media type of bytes of which nothing is known.
pub(crate) const BYTES: &str = "application/octet-stream";

/// Properties of a media type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Format {
    /// The media type, in lower case and without parameters.
    pub media_type: String,
    /// The extension of its path.
    pub extension: &'static str,
    /// Kind of object that it becomes.
    pub(crate) kind: FileKind,
}

impl Format {
    /// Reads a `Content-Type`: `None` if it has not the shape of one.
    pub(crate) fn parse(content_type: &str) -> Option<Self> {
        let essence = content_type.split(';').next().unwrap_or_default();
        let essence = essence.trim().to_ascii_lowercase();
        let (main, sub) = essence.split_once('/')?;
        if !is_token(main) || !is_token(sub) {
            return None;
        }
        let known = ALIASES.iter().find(|(alias, _)| *alias == essence);
        let media_type = known.map_or(essence.as_str(), |&(_, name)| name);
        let format = FORMATS.iter().find(|(name, ..)| *name == media_type);
        let (extension, kind) = format.map_or_else(
            || ("bin", kind_of(main)),
            |&(_, extension, kind)| (extension, kind),
        );
        Some(Self {
            media_type: media_type.into(),
            extension,
            kind,
        })
    }

    /// The media type that such a file is served with. Types that are not known here may mean
    /// anything to a reader, as `application/activity+json` does to another server: they become
    /// bytes, which are only for saving. Pictures mean nothing else, unless they are XML.
    pub(crate) fn served_type(&self) -> &str {
        if self.is_known() || (self.is_unknown_picture() && !self.media_type.contains('+')) {
            &self.media_type
        } else {
            BYTES
        }
    }

    /// Returns whether the media type is one of the table.
    pub(crate) fn is_known(&self) -> bool {
        self.extension != "bin"
    }

    /// Returns whether it claims to be a picture that can't be decoded here, so that size and
    /// metadata (locations!) can't be checked.
    pub(crate) fn is_unknown_picture(&self) -> bool {
        !self.is_known() && self.media_type.starts_with("image/")
    }
}

fn kind_of(main: &str) -> FileKind {
    match main {
        "audio" => FileKind::Audio,
        "video" => FileKind::Video,
        _ => FileKind::File,
    }
}

/// A token of RFC 9110, 5.6.2, of a length that makes sense.
fn is_token(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(content_type: &str) -> (String, &'static str, &'static str) {
        let format = Format::parse(content_type).unwrap();
        (
            format.media_type,
            format.extension,
            format.kind.object_type(),
        )
    }

    #[test]
    fn media_types_ignore_case_parameters_and_aliases() {
        assert_eq!(format("image/png"), ("image/png".into(), "png", "image"));
        assert_eq!(
            format(" Image/JPG; q=1"),
            ("image/jpeg".into(), "jpg", "image")
        );
        assert_eq!(format("audio/wav"), ("audio/x-wav".into(), "wav", "audio"));
        assert_eq!(
            format("video/x-flv"),
            ("video/x-flv".into(), "bin", "video")
        );
        assert_eq!(format("text/html"), ("text/html".into(), "bin", "file"));
        assert_eq!(
            format("image/svg+xml"),
            ("image/svg+xml".into(), "svg", "image")
        );
    }

    #[test]
    fn malformed_media_type_is_none() {
        for bad in [
            "",
            "image",
            "/",
            "image/",
            "a/b/c",
            "a/b\r\nc",
            "a/é",
            &"x/y".repeat(99),
        ] {
            assert_eq!(Format::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_known_types_and_pictures_are_served_as_what_they_say() {
        for (sent, served) in [
            ("image/svg+xml", "image/svg+xml"),
            ("audio/x-m4a", "audio/mp4"),
            ("image/avif", "image/avif"),
            ("image/x+xml", BYTES),
            ("audio/midi", BYTES),
            ("text/html", BYTES),
            ("text/javascript", BYTES),
            ("application/activity+json", BYTES),
            ("application/ld+json; profile=x", BYTES),
            ("multipart/form-data", BYTES),
            ("message/rfc822", BYTES),
        ] {
            assert_eq!(Format::parse(sent).unwrap().served_type(), served, "{sent}");
        }
        assert!(Format::parse("image/heic").unwrap().is_unknown_picture());
    }
}

//! Which media types there are, and what each of them is here (pump-api 11).

use image::ImageFormat;

/// What a file is posted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
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

impl Kind {
    /// The `objectType` of what is made of the file.
    pub fn object_type(self) -> &'static str {
        match self {
            Self::Picture(_) | Self::Drawing => "image",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::File => "file",
        }
    }
}

/// Media types, the extension of their files, and what they are.
const FORMATS: &[(&str, &str, Kind)] = &[
    ("image/jpeg", "jpg", Kind::Picture(ImageFormat::Jpeg)),
    ("image/png", "png", Kind::Picture(ImageFormat::Png)),
    ("image/gif", "gif", Kind::Picture(ImageFormat::Gif)),
    ("image/webp", "webp", Kind::Picture(ImageFormat::WebP)),
    ("image/svg+xml", "svg", Kind::Drawing),
    ("audio/aac", "aac", Kind::Audio),
    ("audio/flac", "flac", Kind::Audio),
    ("audio/mp4", "m4a", Kind::Audio),
    ("audio/mpeg", "mp3", Kind::Audio),
    ("audio/ogg", "ogg", Kind::Audio),
    ("audio/webm", "weba", Kind::Audio),
    ("audio/x-wav", "wav", Kind::Audio),
    ("video/3gpp", "3gp", Kind::Video),
    ("video/mpeg", "mpg", Kind::Video),
    ("video/mp4", "mp4", Kind::Video),
    ("video/quicktime", "mov", Kind::Video),
    ("video/ogg", "ogv", Kind::Video),
    ("video/webm", "webm", Kind::Video),
    ("video/x-matroska", "mkv", Kind::Video),
    ("video/x-msvideo", "avi", Kind::Video),
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
pub const BYTES: &str = "application/octet-stream";

/// What a file of some media type is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// The media type, in lower case and without parameters.
    pub media_type: String,
    /// The extension of its path.
    pub extension: &'static str,
    /// What it is posted as.
    pub kind: Kind,
}

impl Format {
    /// Reads a `Content-Type`: `None` if it has not the shape of one.
    pub fn parse(content_type: &str) -> Option<Self> {
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

    /// The media type that such a file is served with. Types that are not known here may mean anything
    /// to a reader, as `application/activity+json` does to another server: they become bytes, which are
    /// only for saving. Pictures mean nothing else, unless they are XML.
    pub fn served_type(&self) -> &str {
        if self.is_known() || (self.is_unknown_picture() && !self.media_type.contains('+')) {
            &self.media_type
        } else {
            BYTES
        }
    }

    fn is_known(&self) -> bool {
        self.extension != "bin"
    }

    /// Whether it says to be a picture of a type that can't be decoded here, so that neither its size
    /// nor what it tells of its maker (places!) can be looked after.
    pub fn is_unknown_picture(&self) -> bool {
        !self.is_known() && self.media_type.starts_with("image/")
    }
}

fn kind_of(main: &str) -> Kind {
    match main {
        "audio" => Kind::Audio,
        "video" => Kind::Video,
        _ => Kind::File,
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
    fn types_are_read_without_parameters_and_case_and_by_their_other_names() {
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
    fn what_has_not_the_shape_of_a_type_is_none() {
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

//! The description of a page that other sites show with a link to it.

/// Properties of a page in Open Graph, for the frame.
pub(in crate::http) struct Preview {
    /// Type in Open Graph: `article`, `profile` or `website`.
    pub(in crate::http) kind: &'static str,
    pub(in crate::http) title: String,
    /// Beginning of its text; may be empty.
    pub(in crate::http) text: String,
    /// The one address of the page.
    pub(in crate::http) url: String,
    pub(in crate::http) picture: Option<PreviewPicture>,
    /// When it was published and changed, as on the wire; empty if unknown.
    pub(in crate::http) published: String,
    pub(in crate::http) updated: String,
    /// Address of the page of its author.
    pub(in crate::http) author: Option<String>,
    /// Address of its oEmbed document.
    pub(in crate::http) oembed: Option<String>,
}

/// A picture of a preview.
pub(in crate::http) struct PreviewPicture {
    pub(in crate::http) url: String,
    /// Width and height in pixels, 0 if unknown.
    pub(in crate::http) width: u64,
    pub(in crate::http) height: u64,
    /// Description in words; may be empty.
    pub(in crate::http) alt: String,
}

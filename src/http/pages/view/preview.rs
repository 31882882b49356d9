//! Descriptions for other sites.

use super::Thing;
use crate::{
    http::page::{Preview, PreviewPicture},
    model::Urls,
    protocol::{html::plain, shortened},
};

/// Most characters of the text of a preview.
const MAX_TEXT_CHARS: usize = 300;

impl Thing<'_> {
    /// Returns how other sites show a link to its page, under a title; `None` for a thing that has
    /// its page on another server.
    pub(in crate::http::pages) fn preview(&self, title: &str) -> Option<Preview> {
        let url = self.own_page()?;
        let oembed = format!("/api/oembed?format=json&url={}", Urls::encode(url));
        let updated = self.text("updated");
        Some(Preview {
            kind: match self.kind() {
                "person" => "profile",
                "group" | "collection" => "website",
                _ => "article",
            },
            title: title.to_owned(),
            text: self.beginning(MAX_TEXT_CHARS).replace('\n', " "),
            url: url.to_owned(),
            picture: self.preview_picture(),
            published: self.text("published").to_owned(),
            updated: updated.to_owned(),
            author: self
                .author()
                .and_then(|author| author.own_page().map(Into::into)),
            oembed: Some(self.urls().absolute(&oembed)),
        })
    }

    /// Returns the address of its page on this server, if that is where it has one.
    pub(in crate::http::pages) fn own_page(&self) -> Option<&str> {
        let url = self.text("url");
        (self.is_local() && self.urls().is_local(url)).then_some(url)
    }

    /// Returns the beginning of its text, in lines; of a picture without one, what it shows.
    pub(in crate::http::pages) fn beginning(&self, max_chars: usize) -> String {
        let texts = ["summary", "content"].map(|name| plain(self.text(name)));
        let text = texts.into_iter().find(|text| !text.is_empty());
        shortened(&text.unwrap_or_else(|| self.alt()), max_chars)
    }

    /// Returns the picture that it is, or else one of who it is by.
    fn preview_picture(&self) -> Option<PreviewPicture> {
        let own = self.full_picture().map(|picture| (picture, self.alt()));
        let author = || self.author()?.picture().map(|face| (face, String::new()));
        let (picture, alt) = own.or_else(author)?;
        Some(PreviewPicture {
            url: self.absolute(&picture.url),
            width: picture.width,
            height: picture.height,
            alt,
        })
    }

    /// Returns the address of a path of this server, which begins with that of the public URL.
    pub(in crate::http::pages) fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.urls().origin())
    }
}

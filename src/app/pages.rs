//! The pages of an application: their layout, their texts, and the changes of the operator.

use std::sync::Arc;

use super::{App, PageLayout, texts::Texts};
#[cfg(feature = "web")]
use super::{CustomPages, announcements::Announcements};

impl App {
    /// The application with pages that look like those of whoever hosts it.
    #[must_use]
    pub fn with_page_layout(mut self, page_layout: Arc<dyn PageLayout>) -> Self {
        Arc::make_mut(&mut self.0).page_layout = Some(page_layout);
        self
    }

    /// The application with pages that the operator changed.
    #[cfg(feature = "web")]
    #[must_use]
    pub fn with_custom_pages(mut self, custom_pages: CustomPages) -> Self {
        let texts = Texts::new(&self.settings().pages, custom_pages.messages());
        let inner = Arc::make_mut(&mut self.0);
        inner.texts = Arc::new(texts);
        inner.custom_pages = Arc::new(custom_pages);
        self
    }

    /// Returns the page layout of the host, if there is one.
    #[cfg(feature = "web")]
    pub(crate) fn page_layout(&self) -> Option<&dyn PageLayout> {
        self.0.page_layout.as_deref()
    }

    /// Returns the announcements of the site.
    #[cfg(feature = "web")]
    pub(crate) fn announcements(&self) -> &Announcements {
        &self.0.announcements
    }

    /// Returns the changes of the operator to the pages.
    #[cfg(feature = "web")]
    pub(crate) fn custom_pages(&self) -> &CustomPages {
        &self.0.custom_pages
    }

    /// Returns the texts of pages and mails.
    pub(crate) fn texts(&self) -> &Texts {
        &self.0.texts
    }
}

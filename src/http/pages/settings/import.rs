//! `/main/settings/import`: people to follow, from a list.

use askama::Template;
use axum::{Router, http::StatusCode, response::Response, routing::get};

use super::{Outcome, finish, opened, root};
use crate::{
    App,
    app::texts::Language,
    http::pages::{file_form::FileSubmission, frame::Page, visitor::Visitor},
    service::{
        Error, ErrorKind, Result,
        import::{self, Import, Reason},
    },
};

/// Path of the page.
const PAGE: &str = "/main/settings/import";

/// Parts of the page whose forms lead back to it, and what is said then.
const PARTS: [(&str, &str); 1] = [("import", "import-begun")];

/// The routes of the import.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/main/settings/import", get(form).post(begin))
}

#[derive(Template)]
#[template(path = "pages/import.html")]
struct ImportPage<'a> {
    t: &'a Language,
    root: &'a str,
    outcome: Option<Outcome>,
    import: Option<Import>,
}

impl ImportPage<'_> {
    /// Whether the list can be given: not while another is under way.
    fn is_free(&self) -> bool {
        let import = self.import.as_ref();
        import.is_none_or(|import| import.is_complete)
    }

    /// Returns a reason in the language of the reader, if it has a phrase in it.
    fn translated(&self, reason: &Reason) -> Option<String> {
        match reason {
            Reason::Phrase(phrase) => self.t.phrase(phrase),
            Reason::Text(_) => None,
        }
    }

    /// Returns a reason in English.
    fn english(&self, reason: &Reason) -> String {
        match reason {
            Reason::Phrase(_) => self.t.say("failure-other-text").into_owned(),
            Reason::Text(text) => text.clone(),
        }
    }
}

/// `GET /main/settings/import`.
async fn form(visitor: Visitor) -> Response {
    let visitor = &visitor;
    opened(visitor, &PARTS, |status, outcome| {
        show(visitor, status, outcome)
    })
    .await
}

async fn show(visitor: &Visitor, status: StatusCode, outcome: Option<Outcome>) -> Result<Response> {
    let title = visitor.language.say("import-title");
    let main = ImportPage {
        t: &visitor.language,
        root: root(visitor),
        outcome,
        import: import::state(&visitor.ctx).await?,
    };
    let page = Page {
        status,
        ..Page::new(&title, &main)
    };
    Ok(page.render(visitor))
}

/// `POST /main/settings/import`: begins to follow the people of a list.
async fn begin(FileSubmission { form, file }: FileSubmission) -> Response {
    let begun = async {
        form.require_member()?;
        let file = file?.ok_or_else(|| Error::saying(ErrorKind::BadRequest, "avatar-missing"))?;
        import::begin(&form.visitor.ctx, &file.bytes).await
    };
    let begun = begun.await;
    let again = |status, outcome| show(&form.visitor, status, Some(outcome));
    finish(&form, (PAGE, "import"), begun, again).await
}

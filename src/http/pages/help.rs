//! `/main/help`: how to point an application at this server.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};

use super::{frame::Page, qr_code, visitor::Visitor};
use crate::{
    App,
    app::texts::Language,
    service::{Error, Result},
};

/// An application that is known, with what it needs of a server.
struct Application {
    /// Last segment of the address of its page.
    slug: &'static str,
    name: &'static str,
    /// Key of a sentence about it.
    about: &'static str,
    /// Address of its home page.
    home: &'static str,
    /// Key of a text about a server without TLS.
    without_tls: &'static str,
    /// Keys of the steps.
    steps: &'static [&'static str],
}

const APPLICATIONS: [Application; 5] = [
    Application {
        slug: "dianara",
        name: "Dianara",
        about: "help-dianara-about",
        home: "https://jancoding.wordpress.com/dianara/",
        without_tls: "help-dianara-no-tls",
        steps: &[
            "help-dianara-start",
            "help-dianara-address",
            "help-allow",
            "help-dianara-code",
        ],
    },
    Application {
        slug: "pumpa",
        name: "Pumpa",
        about: "help-pumpa-about",
        home: "https://pumpa.branchable.com/",
        without_tls: "help-pumpa-no-tls",
        steps: &[
            "help-pumpa-start",
            "help-pumpa-address",
            "help-allow",
            "help-pumpa-code",
        ],
    },
    Application {
        slug: "andstatus",
        name: "AndStatus",
        about: "help-andstatus-about",
        home: "http://andstatus.org/",
        without_tls: "help-andstatus-no-tls",
        steps: &[
            "help-andstatus-start",
            "help-andstatus-address",
            "help-allow",
            "help-andstatus-back",
        ],
    },
    Application {
        slug: "choqok",
        name: "Choqok",
        about: "help-choqok-about",
        home: "https://choqok.kde.org/",
        without_tls: "help-choqok-no-tls",
        steps: &[
            "help-choqok-start",
            "help-choqok-address",
            "help-allow",
            "help-choqok-code",
        ],
    },
    Application {
        slug: "pypump",
        name: "PyPump",
        about: "help-pypump-about",
        home: "https://pypi.org/project/PyPump/",
        without_tls: "help-pypump-no-tls",
        steps: &[
            "help-pypump-start",
            "help-pypump-address",
            "help-allow",
            "help-pypump-code",
        ],
    },
];

#[derive(Template)]
#[template(path = "pages/help.html")]
struct HelpPage<'a> {
    t: &'a Language,
    root: &'a str,
    title: &'a str,
    address: Address<'a>,
    has_tls: bool,
    has_port: bool,
    /// The application that is explained; `None` for a list of them.
    application: Option<&'static Application>,
}

/// The address to type into an application.
struct Address<'a> {
    /// Nickname of the reader; `None` for strangers.
    nickname: Option<&'a str>,
    host: &'a str,
}

/// `GET /main/help`: the address to type, and the applications that are known.
pub(super) async fn index(visitor: Visitor) -> Response {
    let title = visitor.language.say("help-clients-title");
    show(&visitor, &title, None)
}

/// `GET /main/help/APPLICATION`: the steps of one.
pub(super) async fn application(visitor: Visitor, Path(slug): Path<String>) -> Result<Response> {
    let found = APPLICATIONS.iter().find(|known| known.slug == slug);
    let found = found.ok_or_else(|| {
        Error::not_found("That application is not known here.").phrased("failure-no-application")
    })?;
    Ok(show(&visitor, found.name, Some(found)))
}

fn show(visitor: &Visitor, title: &str, application: Option<&'static Application>) -> Response {
    let urls = visitor.ctx.urls();
    let account = visitor.ctx.account();
    let main = HelpPage {
        t: &visitor.language,
        root: urls.path(),
        title,
        address: Address {
            nickname: account.map(|account| account.nickname.as_str()),
            host: urls.authority(),
        },
        has_tls: urls.scheme() == "https",
        has_port: urls.authority() != urls.host(),
        application,
    };
    let page = Page {
        is_public: true,
        canonical: Some(urls.absolute(visitor.uri.path())),
        ..Page::new(title, &main)
    };
    page.render(visitor)
}

/// `GET /main/help.svg`: the address of the help as a QR code, for a phone.
pub(super) async fn code(State(app): State<App>) -> Result<Response> {
    let address = app.urls().absolute("/main/help");
    let picture = qr_code::draw(address)?;
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    Ok((headers, picture).into_response())
}

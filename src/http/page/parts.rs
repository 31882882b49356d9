//! Parts of the frame: those of the operator, and links to the pages about the site.

use super::visitor::Visitor;
use crate::app::{Fragment, FragmentFacts};

/// Pages about the site that there are if the operator wrote them, and the keys of their names.
const DOCUMENTS: [(&str, &str); 3] = [
    ("rules", "rules-title"),
    ("terms", "terms-title"),
    ("privacy", "privacy-title"),
];

/// Parts of the frame of one page.
pub(in crate::http) struct Parts {
    /// Addresses and names of the pages about the site.
    pub(super) links: Vec<(String, String)>,
    /// HTML of the operator; `None` for the usual part.
    pub(super) head: Option<String>,
    pub(super) header: Option<String>,
    pub(super) footer: Option<String>,
    /// The front page.
    pub(in crate::http) welcome: Option<String>,
}

impl Parts {
    /// Returns the parts of a page by its title and its entry in the navigation.
    pub(super) fn of(visitor: &Visitor, title: &str, place: &str) -> Self {
        Self::with(
            visitor,
            title,
            place,
            &[Fragment::Head, Fragment::Header, Fragment::Footer],
        )
    }

    /// Returns what the operator wrote for the front page.
    pub(in crate::http) fn welcome(visitor: &Visitor, title: &str) -> Option<String> {
        Self::with(visitor, title, "", &[Fragment::Welcome]).welcome
    }

    fn with(visitor: &Visitor, title: &str, place: &str, wanted: &[Fragment]) -> Self {
        let links = documents(visitor);
        let app = visitor.ctx.app();
        let (settings, urls) = (app.settings(), app.urls());
        let facts = FragmentFacts {
            language: &visitor.language,
            root: urls.path(),
            site: &settings.site,
            description: &settings.pages.description,
            contact: &settings.pages.contact,
            host: urls.authority(),
            title,
            place,
            nickname: visitor
                .ctx
                .account()
                .map(|account| account.nickname.as_str()),
            guest: visitor.principal.as_deref(),
            may_register: visitor.may_register(),
            links: &links,
        };
        let render = |fragment| {
            let is_wanted = wanted.contains(&fragment);
            is_wanted.then(|| app.custom_pages().fragment(fragment, &facts))?
        };
        let [head, header, footer, welcome] = [
            Fragment::Head,
            Fragment::Header,
            Fragment::Footer,
            Fragment::Welcome,
        ]
        .map(render);
        Self {
            links,
            head,
            header,
            footer,
            welcome,
        }
    }
}

/// Returns addresses and names of the pages about the site.
pub(in crate::http) fn documents(visitor: &Visitor) -> Vec<(String, String)> {
    let app = visitor.ctx.app();
    if !app.settings().has_pages {
        return Vec::new();
    }
    let (t, root) = (&visitor.language, app.urls().path());
    let is_there = |name| app.custom_pages().document(name, t.tag()).is_some();
    let link = |name: &str, title| (format!("{root}/main/{name}"), t.say(title).into_owned());
    let written = DOCUMENTS.iter().filter(|(name, _)| is_there(name));
    let about = [("about", "about-title"), ("help", "help-title")];
    let all = about.iter().chain(written);
    all.map(|(name, title)| link(name, title)).collect()
}

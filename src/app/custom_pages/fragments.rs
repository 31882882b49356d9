//! Parts of the frame as templates of the operator.

use std::sync::Arc;

use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};

use crate::app::texts::Language;

/// A part of a page that the operator can write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fragment {
    /// More of the head of each page.
    Head,
    /// The header of each page.
    Header,
    /// The footer of each page.
    Footer,
    /// The front page of strangers, above the newest posts.
    Welcome,
}

/// Facts that a fragment can show.
#[derive(Clone)]
pub(crate) struct FragmentFacts<'a> {
    pub(crate) language: &'a Arc<Language>,
    /// Prefix of links.
    pub(crate) root: &'a str,
    pub(crate) site: &'a str,
    pub(crate) description: &'a str,
    pub(crate) contact: &'a str,
    pub(crate) host: &'a str,
    pub(crate) title: &'a str,
    /// The entry of the navigation that the page is; may be empty.
    pub(crate) place: &'a str,
    /// Nickname of the member who reads.
    pub(crate) nickname: Option<&'a str>,
    /// Id of the person of another server who reads.
    pub(crate) guest: Option<&'a str>,
    pub(crate) may_register: bool,
    /// Addresses and titles of the pages about the site.
    pub(crate) links: &'a [(String, String)],
}

impl Fragment {
    pub(super) const ALL: [Self; 4] = [Self::Head, Self::Header, Self::Footer, Self::Welcome];

    /// Returns the name of its file.
    pub(super) fn file_name(self) -> &'static str {
        match self {
            Self::Head => "head.html",
            Self::Header => "header.html",
            Self::Footer => "footer.html",
            Self::Welcome => "welcome.html",
        }
    }
}

impl FragmentFacts<'_> {
    fn to_value(&self) -> Value {
        let language = Arc::clone(self.language);
        let text = move |key: String| {
            if language.has(&key) {
                Ok(language.say(&key).into_owned())
            } else {
                let sentence = format!("there is no message \"{key}\"");
                Err(Error::new(ErrorKind::InvalidOperation, sentence))
            }
        };
        let links = self.links.iter().map(|(address, title)| {
            Value::from_pairs([("address", address.as_str()), ("title", title)])
        });
        let pairs = [
            ("t", Value::from_function(text)),
            ("language", self.language.tag().into()),
            ("root", self.root.into()),
            ("site", self.site.into()),
            ("description", self.description.into()),
            ("contact", self.contact.into()),
            ("host", self.host.into()),
            ("title", self.title.into()),
            ("place", self.place.into()),
            ("nickname", self.nickname.into()),
            ("guest", self.guest.into()),
            ("may_register", self.may_register.into()),
            ("links", links.collect::<Vec<_>>().into()),
        ];
        Value::from_pairs(pairs)
    }
}

/// The fragments that there are.
#[derive(Default)]
pub(super) struct Fragments {
    /// `None` if there is none, so that pages do nothing for it.
    environment: Option<Environment<'static>>,
}

impl Fragments {
    /// Adds a fragment, and tries it for strangers and for members. The error is a line, if it is
    /// known, and a sentence.
    pub(super) fn add(
        &mut self,
        fragment: Fragment,
        source: String,
        language: &Arc<Language>,
    ) -> Result<(), (Option<usize>, String)> {
        let environment = self.environment.get_or_insert_with(environment);
        let name = fragment.file_name();
        let added = environment.add_template_owned(name, source);
        added.map_err(|error| describe(&error))?;
        let links = [("/main/about".to_owned(), "About".to_owned())];
        let stranger = FragmentFacts {
            language,
            root: "",
            site: "Site",
            description: "A site",
            contact: "",
            host: "h.example",
            title: "Title",
            place: "",
            nickname: None,
            guest: None,
            may_register: true,
            links: &links,
        };
        let member = FragmentFacts {
            place: "home",
            nickname: Some("nickname"),
            may_register: false,
            links: &[],
            ..stranger.clone()
        };
        for facts in [stranger, member] {
            let template = environment.get_template(name);
            let rendered = template.and_then(|template| template.render(facts.to_value()));
            rendered.map_err(|error| describe(&error))?;
        }
        Ok(())
    }

    /// Renders a fragment. One that fails after all is left out, and logged.
    pub(super) fn render(&self, fragment: Fragment, facts: &FragmentFacts<'_>) -> Option<String> {
        let template = self.environment.as_ref()?;
        let template = template.get_template(fragment.file_name()).ok()?;
        match template.render(facts.to_value()) {
            Ok(html) => Some(html),
            Err(error) => {
                tracing::error!(%error, "a part of the pages of the operator can't be shown");
                None
            }
        }
    }
}

/// Names that are not known are mistakes; what is filled in is escaped, as the files are HTML.
fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment
}

fn describe(error: &Error) -> (Option<usize>, String) {
    let sentence = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    (error.line(), sentence)
}

//! In which form something is answered: the API's own, or ActivityStreams 2 (pump-api 13).

use std::sync::LazyLock;

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header, response},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use mime::Mime;

use crate::{
    App,
    context::Caller,
    http::{accept::Accept, error::JSON_CONTENT_TYPE},
    model::Urls,
    protocol::{
        as2::{self, ActorFacts, Addressees},
        syndication::{ATOM, JSON_FEED},
    },
    service::{Error, Result},
};

/// Most bytes of JSON that are put into another form at once.
const SMALL_BYTES: usize = 16 * 1024;

/// A form in which something can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Representation {
    /// The API's own: ActivityStreams 1 as JSON.
    Own,
    /// ActivityStreams 2 as linked data.
    LinkedData,
    /// ActivityStreams 2 by its own name.
    Activity,
    /// Atom, of feeds.
    Atom,
    /// JSON Feed, of feeds.
    JsonFeed,
}

/// Every form by its media types, the first of those that are wanted alike being the one that is
/// sent. Plain JSON is the API's own, as no client for it says more (clients T11), but who names
/// AS2 as well means that.
static OFFERED_TYPES: LazyLock<Vec<(Mime, Representation)>> = LazyLock::new(|| {
    let offers = [
        ("application/stream+json", Representation::Own),
        (as2::LD_JSON, Representation::LinkedData),
        (as2::ACTIVITY_JSON, Representation::Activity),
        ("application/json", Representation::Own),
        (ATOM, Representation::Atom),
        (JSON_FEED, Representation::JsonFeed),
    ];
    let known = offers.map(|(name, form)| Some((name.parse().ok()?, form)));
    known.into_iter().flatten().collect()
});

impl Representation {
    /// The form that a request wants; the API's own if it can't have what it wants.
    pub(super) fn of(accept: &Accept) -> Self {
        Self::among(accept, |form| !matches!(form, Self::Atom | Self::JsonFeed))
    }

    /// The form that a request for someone's feed wants.
    pub(super) fn of_feed(headers: &HeaderMap) -> Self {
        Self::among(&Accept::of(headers), |_| true)
    }

    fn among(accept: &Accept, is_offered: impl Fn(Self) -> bool) -> Self {
        let offers = OFFERED_TYPES.iter().filter(|(_, form)| is_offered(*form));
        let best = accept.best(offers.map(|(name, form)| (name, *form)));
        best.unwrap_or(Self::Own)
    }

    /// Whether it is one of ActivityStreams 2.
    pub(super) fn is_as2(self) -> bool {
        matches!(self, Self::LinkedData | Self::Activity)
    }

    /// Answers a document that is in AS2 only, by the name that is asked for.
    pub(super) fn as2_answer(headers: &HeaderMap, document: String) -> Response {
        let representation = match Self::of(&Accept::of(headers)) {
            Self::LinkedData => Self::LinkedData,
            _ => Self::Activity,
        };
        (
            [(header::CONTENT_TYPE, representation.content_type())],
            document,
        )
            .into_response()
    }

    /// The response repeats the requested type, rather than its synonym.
    fn content_type(self) -> HeaderValue {
        match self {
            Self::Own => JSON_CONTENT_TYPE,
            Self::LinkedData => HeaderValue::from_static(as2::LD_JSON),
            Self::Activity => HeaderValue::from_static(as2::ACTIVITY_JSON),
            Self::Atom => HeaderValue::from_static(ATOM),
            Self::JsonFeed => HeaderValue::from_static(JSON_FEED),
        }
    }
}

/// Properties of a read that choose its representation.
pub(super) struct RepresentationRequest {
    representation: Representation,
    uri: Uri,
    /// Whether everyone may read the response.
    is_public: bool,
}

impl RepresentationRequest {
    /// Reads what a request accepts.
    pub(super) fn new(accept: &Accept, uri: &Uri, caller: &Caller) -> Self {
        Self {
            representation: Representation::of(accept),
            uri: uri.clone(),
            is_public: matches!(caller, Caller::Anonymous),
        }
    }

    /// Returns the JSON of a response in the form that was asked for, with its content type set. A
    /// response that can't be put into another form stays as it is.
    pub(super) async fn convert(
        &self,
        app: &App,
        response: &mut response::Parts,
        json: Bytes,
    ) -> Bytes {
        if self.representation == Representation::Own
            || response.headers.get(header::CONTENT_TYPE) != Some(&JSON_CONTENT_TYPE)
        {
            return json;
        }
        let facts = response.extensions.remove::<ActorFacts>();
        let addressees = response.extensions.remove::<Addressees>();
        let everyone = self.is_public.then(|| as2::PUBLIC_ADDRESS.to_owned());
        let addressees = addressees.unwrap_or_else(|| Addressees {
            to: everyone.into_iter().collect(),
            ..Addressees::default()
        });
        match self
            .convert_json(app, json.clone(), facts, addressees)
            .await
        {
            Some(document) => {
                self.set_content_type(&mut response.headers);
                document.into()
            }
            None => json,
        }
    }

    /// Few clients ask for another form, so the JSON is parsed again for them, and the tree that it
    /// was written from need not be kept for all.
    async fn convert_json(
        &self,
        app: &App,
        json: Bytes,
        facts: Option<ActorFacts>,
        addressees: Addressees,
    ) -> Option<String> {
        let (uri, urls) = (self.uri.clone(), app.urls().clone());
        let length = json.len();
        let work = move || {
            let (query, json) = (uri.query().unwrap_or_default(), str::from_utf8(&json).ok()?);
            match facts {
                Some(facts) => as2::actor(&urls, json, &facts),
                None => as2::document(&urls, json, query, &addressees),
            }
        };
        if length <= SMALL_BYTES {
            return work();
        }
        render(app, work).await.ok().flatten()
    }

    /// Returns the body of an error in the form that was asked for. Errors are JSON in every form,
    /// but for deleted objects, which AS2 has a word for.
    pub(super) fn tombstone(&self, app: &App, response: &mut response::Parts) -> Option<String> {
        if self.representation == Representation::Own || response.status != StatusCode::GONE {
            return None;
        }
        self.set_content_type(&mut response.headers);
        Some(as2::tombstone(&address(app.urls(), &self.uri)))
    }

    fn set_content_type(&self, headers: &mut HeaderMap) {
        headers.insert(header::CONTENT_TYPE, self.representation.content_type());
    }
}

/// Puts something large into another form where that holds up no other request, not too much of it
/// at once.
pub(super) async fn render<T: Send + 'static>(
    app: &App,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let permits = app.rendering_permits().clone();
    let permit = permits.acquire_owned().await.map_err(Error::internal)?;
    let work = tokio::task::spawn_blocking(move || {
        // The work goes on when the caller goes away: so the permit goes with the work.
        let _permit = permit;
        work()
    });
    work.await.map_err(Error::internal)
}

/// Under which address something was asked for, without what is about the asking.
fn address(urls: &Urls, uri: &Uri) -> String {
    let path = urls.absolute(uri.path());
    let query = uri.query().unwrap_or_default();
    let id = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "id");
    match id {
        Some((_, id)) => format!("{path}?id={}", Urls::encode(&id)),
        None => path,
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::app::AppParts;

    #[tokio::test]
    async fn large_answers_are_formed_on_another_thread() {
        let app = App::new(AppParts::of_a_test("http://pump.test"));
        let formed_on = render(&app, || thread::current().id()).await.unwrap();
        assert_ne!(formed_on, thread::current().id());
    }

    #[test]
    fn the_form_is_what_is_wanted_most_and_the_apis_own_in_doubt() {
        let ld = r#"application/ld+json; profile="https://www.w3.org/ns/activitystreams""#;
        for (accept, form) in [
            ("", Representation::Own),
            ("*/*", Representation::Own),
            ("application/*", Representation::Own),
            ("application/json", Representation::Own),
            ("application/json; charset=utf-8", Representation::Own),
            ("application/stream+json", Representation::Own),
            ("text/html", Representation::Own),
            (
                "text/html,application/xhtml+xml,*/*;q=0.8",
                Representation::Own,
            ),
            (
                "application/json, text/javascript, */*; q=0.01",
                Representation::Own,
            ),
            ("application/activity+json", Representation::Activity),
            ("application/activity+json;q=0", Representation::Own),
            ("application/activity+json;q=rubbish", Representation::Own),
            ("application/activity+json;q=nan", Representation::Own),
            (
                "application/activity+json;q=0.5, application/json",
                Representation::Own,
            ),
            (
                "application/activity+json, application/json;q=0.5",
                Representation::Activity,
            ),
            (
                "application/activity+json, application/json",
                Representation::Activity,
            ),
            ("application/activity+json, */*", Representation::Activity),
            (
                "application/activity+json, application/stream+json",
                Representation::Own,
            ),
            ("application/ld+json", Representation::LinkedData),
            (ld, Representation::LinkedData),
            (
                r#"application/ld+json; profile="https://h/x https://www.w3.org/ns/activitystreams""#,
                Representation::LinkedData,
            ),
            (
                r#"application/ld+json; profile="https://www.w3.org/ns/json-ld#flattened""#,
                Representation::Own,
            ),
            (
                "application/activity+json, application/ld+json",
                Representation::LinkedData,
            ),
            (
                "application/activity+json, application/ld+json;q=0.9",
                Representation::Activity,
            ),
        ] {
            let accept = HeaderValue::from_static(accept);
            let headers = HeaderMap::from_iter([(header::ACCEPT, accept.clone())]);
            assert_eq!(
                Representation::of(&Accept::of(&headers)),
                form,
                "{accept:?}"
            );
        }
        let nothing = Accept::of(&HeaderMap::new());
        assert_eq!(Representation::of(&nothing), Representation::Own);
        for (accept, form) in [
            ("application/atom+xml", Representation::Atom),
            ("application/feed+json", Representation::JsonFeed),
            (
                "application/feed+json, application/json;q=0.9",
                Representation::JsonFeed,
            ),
            (
                "application/atom+xml, application/rss+xml;q=0.9, */*;q=0.1",
                Representation::Atom,
            ),
            (
                "text/html, application/xml;q=0.9, */*;q=0.8",
                Representation::Own,
            ),
            ("application/json", Representation::Own),
        ] {
            let accept = HeaderValue::from_static(accept);
            let headers = HeaderMap::from_iter([(header::ACCEPT, accept.clone())]);
            assert_eq!(Representation::of_feed(&headers), form, "{accept:?}");
            assert_eq!(
                Representation::of(&Accept::of(&headers)),
                Representation::Own,
                "{accept:?}"
            );
        }
    }
}

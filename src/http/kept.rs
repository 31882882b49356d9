//! Reads that are answered from memory.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::{
    body::{Body, HttpBody, to_bytes},
    extract::Request,
    http::{Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use mime::TEXT_EVENT_STREAM;
use tokio::sync::OwnedSemaphorePermit;

use super::accept::Accept;
use crate::{
    App, Context,
    app::{Answer, Question},
    context::Caller,
    service::Error,
};

/// Stands beside a read that may be answered from memory: whoever finds out who is asking [asks](Self::ask) for the
/// answer.
#[derive(Clone)]
pub(super) struct Asking(Arc<Asked>);

struct Asked {
    /// What is asked for, and in which form; `None` of what is not answered from memory.
    what: Option<String>,
    /// What was not known.
    question: Mutex<Option<Question>>,
    /// The turn of a request that is under way, which ends with this.
    turn: OnceLock<OwnedSemaphorePermit>,
}

impl Asked {
    fn put(&self, question: Question) {
        *self.lock() = Some(question);
    }

    fn take(&self) -> Option<Question> {
        self.lock().take()
    }

    /// Waits for a turn, which is held until the answer is made.
    async fn begin(&self, app: &App) -> Result<(), Error> {
        let turn = Arc::clone(app.turns()).acquire_owned().await;
        // There is one for each request.
        let _ = self.turn.set(turn.map_err(Error::internal)?);
        Ok(())
    }

    async fn begin_with(&self, ctx: Context) -> Result<Context, Response> {
        let begun = self.begin(ctx.app()).await;
        begun.map(|()| ctx).map_err(IntoResponse::into_response)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Question>> {
        self.question.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Marks an answer that is from memory, and needs nothing any more.
#[derive(Clone, Copy)]
struct Remembered;

impl Asking {
    /// Nothing but reads is answered from memory; of these no feed that goes on, nor what is signed in its address, and so
    /// asked for once.
    pub(super) fn beside(request: &mut Request) -> Self {
        let query = request.uri().query().unwrap_or_default();
        let goes_on = Accept::of(request.headers()).names(&TEXT_EVENT_STREAM);
        let what = *request.method() == Method::GET && !goes_on && !query.contains("oauth_");
        let what = what.then(|| Self::what(request));
        let asking = Self(Arc::new(Asked {
            what,
            question: Mutex::default(),
            turn: OnceLock::new(),
        }));
        request.extensions_mut().insert(asking.clone());
        asking
    }

    /// What is asked for, and in which form.
    fn what(request: &Request) -> String {
        let mut what = request.uri().to_string();
        for accept in request.headers().get_all(header::ACCEPT) {
            what.push('\n');
            what.push_str(&String::from_utf8_lossy(accept.as_bytes()));
        }
        // Caches on the way are told something else where there is this header, whatever it says.
        if request.headers().contains_key(header::AUTHORIZATION) {
            what.push_str("\nauthorized");
        }
        what
    }

    /// The answer for a caller, if it is known; else the context in which it is to be made.
    pub(super) async fn ask(parts: &Parts, ctx: Context) -> Result<Context, Response> {
        let Some(Self(asked)) = parts.extensions.get() else {
            return Ok(ctx);
        };
        let Some(what) = &asked.what else {
            return asked.begin_with(ctx).await;
        };
        let key = format!("{}\n{what}", name(ctx.caller()));
        match ctx.app().kept().ask(key.into()).await {
            Ok(Ok(answer)) => Err(remembered(&answer)),
            Ok(Err(None)) => asked.begin_with(ctx).await,
            Ok(Err(Some(question))) => {
                let ctx = ctx.watching(question.watched());
                asked.put(question);
                asked.begin_with(ctx).await
            }
            Err(error) => Err(Error::from(error).into_response()),
        }
    }

    /// Waits for a turn for a request that takes much memory.
    pub(super) async fn begin(&self, app: &App) -> Result<(), Error> {
        self.0.begin(app).await
    }

    /// Keeps an answer that was made.
    pub(super) async fn keep(self, app: &App, response: Response) -> Response {
        let question = self.0.take();
        let Some(question) = question.filter(|_| may_be_kept(app, &response)) else {
            return response;
        };
        let (parts, body) = response.into_parts();
        // It is in memory already.
        let body = match to_bytes(body, usize::MAX).await {
            Ok(body) => body,
            Err(error) => return Error::internal(error).into_response(),
        };
        let headers = parts.headers.iter();
        let answer = Answer {
            headers: headers
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            // It was written into more room than it took.
            body: Bytes::copy_from_slice(&body),
        };
        app.kept().keep(question, answer);
        Response::from_parts(parts, Body::from(body))
    }
}

/// Whether an answer is from memory.
pub(super) fn is_remembered(response: &Response) -> bool {
    response.extensions().get::<Remembered>().is_some()
}

fn remembered(answer: &Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body.clone()));
    let headers = answer.headers.iter().cloned();
    headers.for_each(|(name, value)| {
        response.headers_mut().append(name, value);
    });
    response.extensions_mut().insert(Remembered);
    response
}

/// Whether it is a document, that has a tag, rather than something that comes bit by bit; and not too large.
fn may_be_kept(app: &App, response: &Response) -> bool {
    let is_document =
        response.status() == StatusCode::OK && response.headers().contains_key(header::ETAG);
    let length = response.body().size_hint().upper();
    let length = length.and_then(|length| usize::try_from(length).ok());
    is_document && length.is_some_and(|length| app.kept().fits(length))
}

/// Who asks, as far as answers differ.
fn name(caller: &Caller) -> &str {
    match caller {
        Caller::Anyone => "anyone",
        Caller::Client(_) => "client",
        Caller::User { account, .. } | Caller::Person(account) => &account.person,
        Caller::Server => "server",
    }
}

//! Reads that are answered from memory.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use mime::TEXT_EVENT_STREAM;

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
    /// What is asked for, and in which form.
    what: String,
    /// What was not known.
    question: Mutex<Option<Question>>,
}

impl Asked {
    fn put(&self, question: Question) {
        *self.lock() = Some(question);
    }

    fn take(&self) -> Option<Question> {
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Question>> {
        self.question.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Marks an answer that is from memory, and needs nothing any more.
#[derive(Clone, Copy)]
struct Remembered;

impl Asking {
    /// `None` for what is no read; for a feed that goes on; and for what is asked for once, since it is signed in its
    /// address.
    pub(super) fn beside(request: &mut Request) -> Option<Self> {
        let query = request.uri().query().unwrap_or_default();
        let goes_on = Accept::of(request.headers()).names(&TEXT_EVENT_STREAM);
        if *request.method() != Method::GET || query.contains("oauth_") || goes_on {
            return None;
        }
        let mut what = request.uri().to_string();
        for accept in request.headers().get_all(header::ACCEPT) {
            what.push('\n');
            what.push_str(&String::from_utf8_lossy(accept.as_bytes()));
        }
        // Caches on the way are told something else where there is this header, whatever it says.
        if request.headers().contains_key(header::AUTHORIZATION) {
            what.push_str("\nauthorized");
        }
        let question = Mutex::default();
        let asking = Self(Arc::new(Asked { what, question }));
        request.extensions_mut().insert(asking.clone());
        Some(asking)
    }

    /// The answer for a caller, if it is known; else the context in which it is to be made.
    pub(super) async fn ask(parts: &Parts, ctx: Context) -> Result<Context, Response> {
        let Some(Self(asked)) = parts.extensions.get() else {
            return Ok(ctx);
        };
        let key = format!("{}\n{}", name(ctx.caller()), asked.what);
        match ctx.app().kept().ask(key.into()).await {
            Ok(Ok(answer)) => Err(remembered(&answer)),
            Ok(Err(None)) => Ok(ctx),
            Ok(Err(Some(question))) => {
                let ctx = ctx.watching(question.watched());
                asked.put(question);
                Ok(ctx)
            }
            Err(error) => Err(Error::from(error).into_response()),
        }
    }

    /// Keeps an answer that was made.
    pub(super) async fn keep(self, app: &App, response: Response) -> Response {
        let question = self.0.take();
        let Some(question) = question.filter(|_| is_whole(&response)) else {
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

/// Whether it is a document, that has a tag, rather than something that comes bit by bit.
fn is_whole(response: &Response) -> bool {
    response.status() == StatusCode::OK && response.headers().contains_key(header::ETAG)
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

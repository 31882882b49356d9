//! Kinds of signatures of requests to `ActivityPub` servers. All of them verify draft-cavage; one
//! that asks for RFC 9421 with a 401 gets it, and from then on at once.

use http::{HeaderMap, Method, StatusCode};
use url::Url;

use crate::{
    App,
    app::{PeerError, PeerFailure},
    model::Urls,
    protocol::http_signature::{Signer, Target, Wanted, digest},
};

/// Kind of a signature.
enum Kind {
    Draft(Target),
    Message(Wanted),
}

/// Request that is signed until its host takes it. No kind is tried twice.
pub(super) struct Signing<'a> {
    app: &'a App,
    host: &'a str,
    /// Id of the actor whose key signs.
    actor: &'a str,
    url: &'a Url,
    kind: Kind,
    /// Kinds that are left to try; the next is the last of them.
    left: Vec<Kind>,
    was_known: bool,
    may_be_asked: bool,
}

impl<'a> Signing<'a> {
    pub(super) fn begin(app: &'a App, host: &'a str, actor: &'a str, url: &'a Url) -> Self {
        let known = app.peers().wanted_signatures.get(host);
        let was_known = known.is_some();
        let mut left = Vec::new();
        if url.query().is_some() {
            // Half of the peers verify the path only.
            left.push(Kind::Draft(Target::Path));
        }
        let mut kind = Kind::Draft(Target::Whole);
        if let Some(wanted) = known {
            left.push(std::mem::replace(&mut kind, Kind::Message(wanted)));
        }
        Self {
            kind,
            left,
            was_known,
            may_be_asked: true,
            app,
            host,
            actor,
            url,
        }
    }

    /// Returns the headers of the next request.
    pub(super) async fn headers(
        &self,
        method: &Method,
        body: Option<&[u8]>,
    ) -> Result<HeaderMap, PeerFailure> {
        let unusable =
            |error: &dyn std::error::Error| PeerFailure::Unusable(error.to_string().into());
        let keys = self.app.server_keys().await;
        let keys = keys.map_err(|error| unusable(&error))?;
        let signer = Signer {
            key_id: &format!("{}{}", self.actor, Urls::KEY_FRAGMENT),
            key: &keys.rsa,
            now: self.app.clock().now(),
        };
        let headers = match &self.kind {
            Kind::Draft(target) => {
                let digest = body.map(digest);
                signer.sign(method, self.url, digest.as_deref(), *target)
            }
            Kind::Message(wanted) => signer.sign_message(method, self.url, body, wanted),
        };
        headers.map_err(|error| unusable(&error))
    }

    /// Prepares another kind after a failure, which is returned if there is none.
    pub(super) fn prepare_next(&mut self, error: PeerError) -> Result<(), PeerError> {
        let answer = error.answer();
        let Some(answer) = answer.filter(|it| it.status == StatusCode::UNAUTHORIZED) else {
            return Err(error);
        };
        let wanted = answer.accept_signature.as_deref().and_then(Wanted::parse);
        if let Some(wanted) = wanted.filter(|_| self.may_be_asked) {
            self.may_be_asked = false;
            self.kind = Kind::Message(wanted);
        } else if let Some(next) = self.left.pop() {
            self.kind = next;
        } else {
            return Err(error);
        }
        Ok(())
    }

    /// Remembers the kind that the host took.
    pub(super) fn remember(&self) {
        let known = &self.app.peers().wanted_signatures;
        match &self.kind {
            Kind::Message(wanted) if !self.may_be_asked => {
                known.insert(self.host.into(), wanted.kept());
            }
            Kind::Draft(_) if self.was_known => {
                known.remove(self.host);
            }
            _ => {}
        }
    }
}

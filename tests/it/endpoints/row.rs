//! A row of the endpoint table.

use serde_json::Value;

/// Required authentication (pump-api 1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Auth {
    /// Anyone.
    None,
    /// A client with its own secret.
    Client,
    /// A client that acts for someone.
    User,
    /// The same, to read.
    UserRead,
    /// Any client to read; nobody too, if the server is set up so.
    AnyRead,
    /// Any client to read, and never nobody.
    ClientRead,
}

/// People of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// Owner of the objects.
    Alice,
    /// Her follower.
    Bob,
    /// A stranger.
    Carol,
    /// Someone who is about to leave.
    Dora,
    /// A client by itself.
    Client,
    /// Nobody.
    Nobody,
}

/// The request.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) who: Caller,
    pub(super) target: String,
    pub(super) content_type: &'static str,
    pub(super) body: String,
}

/// A refusal: status and message.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) asked: Asked,
    pub(super) status: u16,
    pub(super) message: String,
}

/// One row.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) method: &'static str,
    /// As the table has it.
    pub(super) path: &'static str,
    pub(super) auth: Auth,
    pub(super) asked: Asked,
    pub(super) status: u16,
    /// The content type of the answer.
    pub(super) answers: &'static str,
    /// The properties that the answer must have.
    pub(super) keys: Vec<&'static str>,
    /// The expected response, if it is constant.
    pub(super) exactly: Option<Value>,
    pub(super) refusals: Vec<Refusal>,
}

pub(super) const JSON: &str = "application/json; charset=utf-8";

/// A row with an example of it, asked by Alice.
pub(super) fn row(method: &'static str, path: &'static str, auth: Auth, target: &str) -> Row {
    let who = match auth {
        Auth::None => Caller::Nobody,
        Auth::Client => Caller::Client,
        _ => Caller::Alice,
    };
    Row {
        method,
        path,
        auth,
        asked: Asked {
            who,
            target: target.into(),
            content_type: "application/json",
            body: String::new(),
        },
        status: 200,
        answers: JSON,
        keys: Vec::new(),
        exactly: None,
        refusals: Vec::new(),
    }
}

impl Row {
    pub(super) fn by(mut self, who: Caller) -> Self {
        self.asked.who = who;
        self
    }

    pub(super) fn with(mut self, body: &Value) -> Self {
        self.asked.body = body.to_string();
        self
    }

    pub(super) fn form(mut self, body: &str) -> Self {
        self.asked.body = body.into();
        self.asked.content_type = "application/x-www-form-urlencoded";
        self
    }

    pub(super) fn raw(mut self, content_type: &'static str, body: &str) -> Self {
        self.asked.body = body.into();
        self.asked.content_type = content_type;
        self
    }

    pub(super) fn gives(mut self, keys: &[&'static str]) -> Self {
        self.keys.extend(keys);
        self
    }

    pub(super) fn is(mut self, exactly: Value) -> Self {
        self.exactly = Some(exactly);
        self
    }

    pub(super) fn answers(mut self, status: u16, content_type: &'static str) -> Self {
        (self.status, self.answers) = (status, content_type);
        self
    }

    /// The same, asked elsewhere, is refused.
    pub(super) fn but(self, target: &str, status: u16, message: &str) -> Self {
        let asked = Asked {
            target: target.into(),
            ..self.asked.clone()
        };
        self.refuses(asked, status, message)
    }

    /// The same, asked by someone else, is refused.
    pub(super) fn not_by(self, who: Caller, status: u16, message: &str) -> Self {
        let asked = Asked {
            who,
            ..self.asked.clone()
        };
        self.refuses(asked, status, message)
    }

    /// The same, asked by someone else and elsewhere, is refused.
    pub(super) fn not_by_at(self, who: Caller, target: &str, status: u16, message: &str) -> Self {
        let asked = Asked {
            who,
            target: target.into(),
            ..self.asked.clone()
        };
        self.refuses(asked, status, message)
    }

    /// The same, with another body, is refused.
    pub(super) fn not_with(self, body: &Value, status: u16, message: &str) -> Self {
        let asked = Asked {
            body: body.to_string(),
            ..self.asked.clone()
        };
        self.refuses(asked, status, message)
    }

    /// The same with another urlencoded body is refused.
    pub(super) fn not_form(self, body: &str, status: u16, message: &str) -> Self {
        let asked = Asked {
            body: body.into(),
            ..self.asked.clone()
        };
        self.refuses(asked, status, message)
    }

    fn refuses(mut self, asked: Asked, status: u16, message: &str) -> Self {
        self.refusals.push(Refusal {
            asked,
            status,
            message: message.into(),
        });
        self
    }
}

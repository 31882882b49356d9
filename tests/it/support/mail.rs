//! A server that sends mail, and a mailbox that keeps it.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use hydraulics::{
    app::{Mail, MailError, Mailer, Settings},
    model::Nickname,
    service::{
        accounts,
        background::{MailWorker, Notifier},
        queue,
    },
};

use super::{Session, TestServer};

/// Keeps mail instead of sending it.
#[derive(Default)]
pub(crate) struct Mailbox {
    mails: Mutex<Vec<Mail>>,
    broken: Mutex<Option<fn() -> MailError>>,
    unicode: AtomicBool,
}

#[async_trait]
impl Mailer for Mailbox {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        if let Some(failure) = *self.broken.lock().unwrap() {
            return Err(failure());
        }
        self.mails.lock().unwrap().push(mail.clone());
        Ok(())
    }

    async fn takes_unicode(&self) -> bool {
        self.unicode.load(Ordering::Relaxed)
    }
}

impl Mailbox {
    /// Result of sending from now on.
    pub(crate) fn fails(&self, failure: Option<fn() -> MailError>) {
        *self.broken.lock().unwrap() = failure;
    }

    /// Takes addresses beyond ASCII from now on.
    pub(crate) fn take_unicode(&self) {
        self.unicode.store(true, Ordering::Relaxed);
    }

    /// Takes the mails that were sent.
    pub(crate) fn take(&self) -> Vec<Mail> {
        std::mem::take(&mut *self.mails.lock().unwrap())
    }
}

/// A server whose mail is kept.
pub(crate) struct Mailing {
    pub(crate) server: TestServer,
    pub(crate) mailbox: Arc<Mailbox>,
}

impl TestServer {
    /// Gives an account an email address that is confirmed.
    pub(crate) async fn set_email(&self, nickname: &str, email: &str) {
        let nickname = Nickname::parse(nickname).unwrap();
        accounts::set_email(&self.ctx(), &nickname, email)
            .await
            .unwrap();
    }

    /// Another server on the same store that sends mail.
    pub(crate) fn mailing(&self, set: impl FnOnce(&mut Settings)) -> Mailing {
        let mailbox = Arc::new(Mailbox::default());
        Mailing {
            server: self.again_with(set, Some(mailbox.clone())),
            mailbox,
        }
    }
}

impl Mailing {
    /// Sends all that is due, and takes what was sent.
    pub(crate) async fn settle(&self) -> Vec<Mail> {
        let ctx = self.server.ctx();
        queue::run_until_idle(&ctx, &MailWorker).await.unwrap();
        queue::run_until_idle(&ctx, &Notifier).await.unwrap();
        self.mailbox.take()
    }

    /// Makes alice, whose address is confirmed.
    pub(crate) async fn alice(&self) -> Session {
        let alice = self.server.person("alice").await;
        self.server.set_email("alice", "alice@b.example").await;
        alice
    }

    /// Returns whether alice has this password.
    pub(crate) async fn signs_in(&self, password: &str) -> bool {
        let checked = accounts::check_password(&self.server.ctx(), "alice", password).await;
        checked.unwrap().is_some()
    }

    /// Sends all that is due, which must be one mail.
    pub(crate) async fn one(&self) -> Mail {
        let mut mails = self.settle().await;
        assert_eq!(mails.len(), 1, "{:?}", subjects(&mails));
        mails.remove(0)
    }
}

/// A failure that makes the mail worker try again later.
pub(crate) fn unavailable() -> MailError {
    MailError::Unavailable("the mail server was not reached".into(), None)
}

/// Recipients and subjects of mails.
pub(crate) fn subjects(mails: &[Mail]) -> Vec<(&str, &str)> {
    mails
        .iter()
        .map(|mail| (&*mail.to, &*mail.subject))
        .collect()
}

/// The path of a link in a mail: `/main/WHAT/CODE`. It must be in both its parts.
#[track_caller]
pub(crate) fn link(mail: &Mail, what: &str) -> String {
    let start = format!("http://pump.example/main/{what}/");
    let at = mail
        .text
        .find(&start)
        .unwrap_or_else(|| panic!("no {start} in {}", mail.text));
    let url = mail.text[at..].split_whitespace().next().unwrap();
    assert!(
        mail.html.contains(&format!("href=\"{url}\"")),
        "{}",
        mail.html
    );
    url["http://pump.example".len()..].to_owned()
}

/// The code at the end of a link.
pub(crate) fn code(link: &str) -> &str {
    link.rsplit('/').next().unwrap()
}

//! Templates of mails.

use std::sync::Arc;

use askama::Template;

use super::{Error, Result};
use crate::{
    Context,
    app::{Mail, texts::Language},
    model::{Account, Nickname, NotificationKind, Secret},
    protocol::shortened,
};

/// The most characters of a subject.
const MAX_SUBJECT_CHARS: usize = 120;

/// The most characters that are told of what was posted.
const MAX_EXCERPT_CHARS: usize = 1000;

/// The most columns of a line of that.
const MAX_QUOTE_COLUMNS: usize = 72;

/// The words of a mail.
#[derive(Default)]
struct MailBody {
    /// One paragraph each.
    lead: Vec<String>,
    /// Events, each with its address.
    list: Vec<(String, Option<String>)>,
    /// Lines that somebody else wrote.
    excerpt: String,
    /// Label and URL of the main link.
    link: Option<(String, String)>,
    /// Small print.
    fine: Vec<String>,
    /// Label and URL of the unsubscribe link.
    unsubscribe: Option<(String, String)>,
}

impl MailBody {
    /// The lines of the excerpt as they stand in the text.
    fn quote(&self) -> Vec<String> {
        quote_lines(&self.excerpt)
    }
}

#[derive(Template)]
#[template(path = "mail.txt")]
struct TextTemplate<'a> {
    site: &'a str,
    base: &'a str,
    words: &'a MailBody,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct HtmlTemplate<'a> {
    language: &'a str,
    subject: &'a str,
    site: &'a str,
    base: &'a str,
    words: &'a MailBody,
}

/// Content of a notification.
pub(super) struct NotificationContent {
    /// The sentence of the activity.
    pub(super) sentence: String,
    /// The title of what was posted.
    pub(super) title: Option<String>,
    /// The text of the post.
    pub(super) content: Option<String>,
    /// Where it is.
    pub(super) url: Option<String>,
}

/// Content of a digest.
pub(super) struct Summary {
    /// How much came, by kind.
    pub(super) counts: Vec<(NotificationKind, u64)>,
    /// The number of senders, which is too low if there are `more_people`.
    pub(super) people: usize,
    pub(super) more_people: bool,
    /// The first of it, as sentences, each with where it is.
    pub(super) listed: Vec<(String, Option<String>)>,
}

/// Writes mails in the language of their reader.
pub(super) struct MailWriter<'a> {
    pub(super) ctx: &'a Context,
    pub(super) t: Arc<Language>,
}

impl<'a> MailWriter<'a> {
    /// A writer for an account, if there still is one: in its language, or in the one that a mail
    /// job names, or in the default of the site.
    pub(super) fn new(ctx: &'a Context, account: Option<&Account>, named: Option<&str>) -> Self {
        let texts = ctx.app().texts();
        let chosen = account.and_then(Account::language).into_iter();
        let found = chosen.chain(named).find_map(|tag| texts.find(tag));
        let t = found.unwrap_or_else(|| Arc::clone(texts.default_language()));
        Self { ctx, t }
    }

    /// The question whether an address is someone's own.
    pub(super) fn confirm(&self, account: &Account, address: &str, code: &Secret) -> Result<Mail> {
        let words = MailBody {
            lead: vec![self.say("mail-confirm-lead", Some(&account.nickname))],
            link: Some((self.text("mail-confirm-link"), self.link("confirm", code))),
            fine: vec![self.text("mail-confirm-fine")],
            ..MailBody::default()
        };
        self.build_mail(address, &self.say("mail-confirm-subject", None), &words)
    }

    /// That an account has, or will have, another address.
    pub(super) fn moved(&self, account: &Account, old: &str) -> Result<Mail> {
        let words = MailBody {
            lead: vec![self.say("mail-moved-lead", Some(&account.nickname))],
            fine: vec![self.text("mail-moved-fine")],
            ..MailBody::default()
        };
        self.build_mail(old, &self.say("mail-moved-subject", None), &words)
    }

    /// Mail with a recovery link.
    pub(super) fn recover(&self, account: &Account, address: &str, code: &Secret) -> Result<Mail> {
        let words = MailBody {
            lead: vec![self.say("mail-recover-lead", Some(&account.nickname))],
            link: Some((self.text("mail-recover-link"), self.link("recover", code))),
            fine: vec![
                self.text("mail-recover-once"),
                self.text("mail-recover-fine"),
            ],
            ..MailBody::default()
        };
        self.build_mail(address, &self.say("mail-recover-subject", None), &words)
    }

    /// Whether an account was approved, which is gone if it was not.
    pub(super) fn decided(&self, user: &str, address: &str, is_approved: bool) -> Result<Mail> {
        let key = if is_approved {
            "mail-approved"
        } else {
            "mail-rejected"
        };
        let sign_in = || self.ctx.urls().absolute("/main/login");
        let lead = [("site", self.site()), ("user", user)];
        let words = MailBody {
            lead: vec![self.t.fill(key, &lead)],
            link: is_approved.then(|| (self.text("sign-in"), sign_in())),
            ..MailBody::default()
        };
        self.build_mail(address, &self.say("mail-decided-subject", None), &words)
    }

    /// That an archive can be downloaded.
    pub(super) fn archive_ready(&self, account: &Account, address: &str) -> Result<Mail> {
        let page = self.ctx.urls().absolute("/main/settings/export");
        let words = MailBody {
            lead: vec![self.say("mail-archive-lead", Some(&account.nickname))],
            link: Some((self.text("mail-archive-link"), page)),
            fine: vec![self.text("mail-archive-fine")],
            ..MailBody::default()
        };
        self.build_mail(address, &self.say("mail-archive-subject", None), &words)
    }

    /// Notification of an activity.
    pub(super) fn notice(
        &self,
        account: &Account,
        address: &str,
        told: NotificationContent,
        kind: NotificationKind,
        code: &Secret,
    ) -> Result<Mail> {
        let unsubscribe = self.link("unsubscribe", code);
        let excerpt = [told.title, told.content].into_iter().flatten();
        let excerpt: Vec<String> = excerpt.filter(|text| !text.is_empty()).collect();
        let words = MailBody {
            lead: vec![format!("{}.", told.sentence)],
            excerpt: shortened(&excerpt.join("\n"), MAX_EXCERPT_CHARS),
            link: told.url.map(|url| (self.text("mail-notice-link"), url)),
            ..self.ending(account, &[kind], &unsubscribe)
        };
        let subject = self.t.with("mail-notice-subject", "what", &told.sentence);
        Ok(Mail {
            unsubscribe: Some(unsubscribe),
            ..self.build_mail(address, &subject, &words)?
        })
    }

    /// How much more happened than is mailed one by one.
    pub(super) fn digest(
        &self,
        account: &Account,
        address: &str,
        summary: Summary,
        code: &Secret,
    ) -> Result<Mail> {
        let (t, unsubscribe) = (&self.t, self.link("unsubscribe", code));
        let Summary { counts, listed, .. } = summary;
        let total: u64 = counts.iter().map(|(_, count)| count).sum();
        let key = if summary.more_people && summary.people > 1 {
            "mail-people-or-more"
        } else {
            "mail-people"
        };
        let people = t.count(key, summary.people as u64);
        let parts = counts.iter().map(|(kind, n)| t.count(counted(*kind), *n));
        let parts: Vec<_> = parts.collect();
        let left = total.saturating_sub(listed.len() as u64);
        let kinds: Vec<NotificationKind> = counts.iter().map(|(kind, _)| *kind).collect();
        let lead = [("what", &*parts.join(", ")), ("people", &*people)];
        let mut words = MailBody {
            lead: vec![t.fill("mail-digest-lead", &lead)],
            list: listed,
            ..self.ending(account, &kinds, &unsubscribe)
        };
        if left > 0 {
            let line = t.count("mail-digest-left", left).into_owned();
            words.fine.insert(0, line);
        }
        let more = [("count", &*total.to_string()), ("people", &*people)];
        let more = t.fill("mail-digest-subject", &more);
        let subject = t.with("mail-notice-subject", "what", &more);
        Ok(Mail {
            unsubscribe: Some(unsubscribe),
            ..self.build_mail(address, &subject, &words)?
        })
    }

    /// Returns the closing lines of a notification.
    fn ending(&self, account: &Account, kinds: &[NotificationKind], unsubscribe: &str) -> MailBody {
        let about = self.t.list_of_mails(kinds);
        let ending = self
            .t
            .with("mail-unsubscribe", "about", &about)
            .into_owned();
        MailBody {
            fine: vec![self.say("mail-sent-to", Some(&account.nickname))],
            unsubscribe: Some((ending, unsubscribe.to_owned())),
            ..MailBody::default()
        }
    }

    fn build_mail(&self, to: &str, subject: &str, words: &MailBody) -> Result<Mail> {
        let (site, base) = (self.site(), self.ctx.urls().base());
        let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
        let subject = shortened(&subject, MAX_SUBJECT_CHARS);
        let text = TextTemplate { site, base, words };
        let html = HtmlTemplate {
            language: self.t.tag(),
            subject: &subject,
            site,
            base,
            words,
        };
        let (text, html) = (text.render(), html.render());
        Ok(Mail {
            id: String::new(),
            to: to.into(),
            text: text.map_err(Error::internal)?,
            html: html.map_err(Error::internal)?,
            subject,
            unsubscribe: None,
            date: self.ctx.now(),
        })
    }

    fn site(&self) -> &str {
        &self.ctx.app().settings().site
    }

    fn text(&self, key: &str) -> String {
        self.t.say(key).into_owned()
    }

    /// Returns a message with the names of the site and of an account, as others know it. People
    /// choose their nicknames, hence the quotation marks.
    fn say(&self, key: &str, account: Option<&Nickname>) -> String {
        let authority = self.ctx.urls().authority();
        let user = account.map_or_else(String::new, |user| format!("“{user}@{authority}”"));
        self.t.fill(key, &[("site", self.site()), ("user", &user)])
    }

    fn link(&self, what: &str, code: &Secret) -> String {
        let path = format!("/main/{what}/{}", code.expose());
        self.ctx.urls().absolute(&path)
    }
}

/// Returns the key of so many of a kind.
fn counted(kind: NotificationKind) -> &'static str {
    match kind {
        NotificationKind::Direct => "mail-n-direct",
        NotificationKind::Followers => "mail-n-followers",
        NotificationKind::Likes => "mail-n-likes",
        NotificationKind::Shares => "mail-n-shares",
        NotificationKind::Comments => "mail-n-comments",
    }
}

/// The lines of a quotation, broken here between words, so that no program breaks one and leaves
/// off the mark in front of the rest.
fn quote_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let mut columns = MAX_QUOTE_COLUMNS;
        for word in line.split(' ') {
            let wide = word.chars().count() + 1;
            match lines.last_mut() {
                Some(last) if columns + wide <= MAX_QUOTE_COLUMNS => {
                    *last = format!("{last} {word}");
                    columns += wide;
                }
                _ => {
                    lines.push(word.to_owned());
                    columns = wide;
                }
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotation_is_broken_between_words_and_nowhere_else() {
        let words = ["word"; 40].join(" ");
        let lines = quote_lines(&format!("{words}\n\nend"));
        assert!(
            lines
                .iter()
                .all(|line| line.chars().count() < MAX_QUOTE_COLUMNS),
            "{lines:?}"
        );
        assert_eq!(lines.join(" "), format!("{words} end"));
        assert_eq!(lines.last().map(String::as_str), Some("end"));
        let long = "x".repeat(500);
        assert_eq!(quote_lines(&format!("a {long} b")), ["a", &long, "b"]);
    }
}

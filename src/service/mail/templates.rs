//! Templates of mails.

use askama::Template;

use super::{Error, Result, kinds::describe_kind};
use crate::{
    Context,
    app::Mail,
    model::{Account, NotificationKind, Secret},
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
    link: Option<(&'static str, String)>,
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

/// The question whether an address is someone's own.
pub(super) fn confirm(
    ctx: &Context,
    account: &Account,
    address: &str,
    code: &Secret,
) -> Result<Mail> {
    let (site, user) = (site(ctx), name(ctx, account));
    let words = MailBody {
        lead: vec![format!(
            "Someone, probably you, gave this as the mail address of {user} at {site}. \
             If that was you, confirm it."
        )],
        link: Some(("Confirm this address", link(ctx, "confirm", code))),
        fine: vec!["If it was not you, do nothing, and nothing more is sent here.".into()],
        ..MailBody::default()
    };
    let subject = format!("Confirm your email address for {site}");
    build_mail(ctx, address, &subject, &words)
}

/// That an account has, or will have, another address.
pub(super) fn moved(ctx: &Context, account: &Account, old: &str) -> Result<Mail> {
    let (site, user) = (site(ctx), name(ctx, account));
    let words = MailBody {
        lead: vec![format!(
            "Someone, probably you, took this address away from {user} at {site}, or gave another \
             one. When that is confirmed, mail goes there."
        )],
        fine: vec![
            "If it was not you, someone else has access to the account: set a new password at once."
                .into(),
        ],
        ..MailBody::default()
    };
    let subject = format!("The email address of your account at {site}");
    build_mail(ctx, old, &subject, &words)
}

/// Mail with a recovery link.
pub(super) fn recover(
    ctx: &Context,
    account: &Account,
    address: &str,
    code: &Secret,
) -> Result<Mail> {
    let (site, user) = (site(ctx), name(ctx, account));
    let words = MailBody {
        lead: vec![format!(
            "Someone, probably you, asked for a way into the account {user} at {site} without its \
             password."
        )],
        link: Some(("Set a new password", link(ctx, "recover", code))),
        fine: vec![
            "The link works once, and not for long.".into(),
            "If it was not you, do nothing: the password stays as it is.".into(),
        ],
        ..MailBody::default()
    };
    let subject = format!("Recover your account at {site}");
    build_mail(ctx, address, &subject, &words)
}

/// Notification of an activity.
pub(super) fn notice(
    ctx: &Context,
    account: &Account,
    address: &str,
    told: NotificationContent,
    kind: NotificationKind,
    code: &Secret,
) -> Result<Mail> {
    let unsubscribe = link(ctx, "unsubscribe", code);
    let excerpt = [told.title, told.content].into_iter().flatten();
    let excerpt: Vec<String> = excerpt.filter(|text| !text.is_empty()).collect();
    let words = MailBody {
        lead: vec![format!("{}.", told.sentence)],
        excerpt: shortened(&excerpt.join("\n"), MAX_EXCERPT_CHARS),
        link: told.url.map(|url| ("See it", url)),
        ..ending(ctx, account, &[kind], &unsubscribe)
    };
    let subject = format!("Activity notification: {}", told.sentence);
    Ok(Mail {
        unsubscribe: Some(unsubscribe),
        ..build_mail(ctx, address, &subject, &words)?
    })
}

/// How much more happened than is mailed one by one.
pub(super) fn digest(
    ctx: &Context,
    account: &Account,
    address: &str,
    summary: Summary,
    code: &Secret,
) -> Result<Mail> {
    let unsubscribe = link(ctx, "unsubscribe", code);
    let Summary { counts, listed, .. } = summary;
    let total: u64 = counts.iter().map(|(_, count)| count).sum();
    let people = match (summary.people, summary.more_people) {
        (1, _) => "1 person".to_owned(),
        (people, false) => format!("{people} people"),
        (people, true) => format!("at least {people} people"),
    };
    let parts: Vec<String> = counts.iter().map(|(kind, n)| counted(*kind, *n)).collect();
    let left = total.saturating_sub(listed.len() as u64);
    let kinds: Vec<NotificationKind> = counts.iter().map(|(kind, _)| *kind).collect();
    let mut words = MailBody {
        lead: vec![format!(
            "More came in the last hour than is mailed one by one: {}, from {people}.",
            parts.join(", ")
        )],
        list: listed,
        ..ending(ctx, account, &kinds, &unsubscribe)
    };
    if left > 0 {
        words
            .fine
            .insert(0, format!("Your inbox has these, and {left} more."));
    }
    let subject = format!("Activity notification: {total} more from {people}");
    Ok(Mail {
        unsubscribe: Some(unsubscribe),
        ..build_mail(ctx, address, &subject, &words)?
    })
}

/// So many of a kind.
fn counted(kind: NotificationKind, count: u64) -> String {
    let what = match kind {
        NotificationKind::Direct => ["message to you", "messages to you"],
        NotificationKind::Followers => ["new follower", "new followers"],
        NotificationKind::Likes => ["like", "likes"],
        NotificationKind::Shares => ["share", "shares"],
        NotificationKind::Comments => ["comment", "comments"],
    };
    format!("{count} {}", what[usize::from(count != 1)])
}

/// Returns the closing lines of a notification.
fn ending(
    ctx: &Context,
    account: &Account,
    kinds: &[NotificationKind],
    unsubscribe: &str,
) -> MailBody {
    let ending = format!("Get no more mail about {}", describe_kind(kinds));
    MailBody {
        fine: vec![format!("This was sent to {}.", name(ctx, account))],
        unsubscribe: Some((ending, unsubscribe.to_owned())),
        ..MailBody::default()
    }
}

fn build_mail(ctx: &Context, to: &str, subject: &str, words: &MailBody) -> Result<Mail> {
    let (site, base) = (site(ctx), ctx.urls().base());
    let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    let subject = shortened(&subject, MAX_SUBJECT_CHARS);
    let text = TextTemplate { site, base, words };
    let html = HtmlTemplate {
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
        date: ctx.now(),
    })
}

fn site(ctx: &Context) -> &str {
    &ctx.app().settings().site
}

/// The account as others know it. People choose their nicknames, hence the quotation marks.
fn name(ctx: &Context, account: &Account) -> String {
    format!("“{}@{}”", account.nickname, ctx.urls().authority())
}

fn link(ctx: &Context, what: &str, code: &Secret) -> String {
    ctx.urls()
        .absolute(&format!("/main/{what}/{}", code.expose()))
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

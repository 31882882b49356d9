//! What stands in the mails.

use askama::Template;

use super::{Error, Result, notices::about};
use crate::{
    Context,
    app::Mail,
    model::{Account, Notice, Secret},
};

/// The most characters of a subject.
const LONGEST_SUBJECT: usize = 120;

/// The most characters that are told of what was posted.
const LONGEST_EXCERPT: usize = 1000;

/// The words of a mail.
#[derive(Default)]
struct Words {
    /// One paragraph each.
    lead: Vec<String>,
    /// What somebody else wrote.
    excerpt: Option<String>,
    /// What to do, and where.
    link: Option<(&'static str, String)>,
    /// What else there is to know.
    fine: Vec<String>,
    /// What can be ended, and where.
    unsubscribe: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "mail.txt")]
struct Text<'a> {
    site: &'a str,
    base: &'a str,
    words: &'a Words,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Html<'a> {
    subject: &'a str,
    site: &'a str,
    base: &'a str,
    words: &'a Words,
}

/// What is told of something that was done.
pub(super) struct Told {
    /// Who did what.
    pub(super) sentence: String,
    /// The title of what was posted.
    pub(super) title: Option<String>,
    /// What was posted.
    pub(super) content: Option<String>,
    /// Where it is.
    pub(super) url: Option<String>,
}

/// The question whether an address is someone's own.
pub(super) fn confirm(
    ctx: &Context,
    account: &Account,
    address: &str,
    code: &Secret,
) -> Result<Mail> {
    let (site, user) = (site(ctx), name(ctx, account));
    let words = Words {
        lead: vec![format!(
            "Someone, probably you, gave this as the mail address of {user} at {site}. \
             If that was you, confirm it."
        )],
        link: Some(("Confirm this address", link(ctx, "confirm", code))),
        fine: vec!["If it was not you, do nothing, and nothing more is sent here.".into()],
        ..Words::default()
    };
    let subject = format!("Confirm your email address for {site}");
    mail(ctx, address, &subject, &words)
}

/// That an account has, or will have, another address.
pub(super) fn moved(ctx: &Context, account: &Account, old: &str) -> Result<Mail> {
    let (site, user) = (site(ctx), name(ctx, account));
    let words = Words {
        lead: vec![format!(
            "Someone, probably you, took this address away from {user} at {site}, or gave another \
             one. When that is confirmed, mail goes there."
        )],
        fine: vec![
            "If it was not you, someone else has access to the account: set a new password at once."
                .into(),
        ],
        ..Words::default()
    };
    let subject = format!("The email address of your account at {site}");
    mail(ctx, old, &subject, &words)
}

/// The way in for someone without a password.
pub(super) fn recover(
    ctx: &Context,
    account: &Account,
    address: &str,
    code: &Secret,
) -> Result<Mail> {
    let (site, user) = (site(ctx), name(ctx, account));
    let words = Words {
        lead: vec![format!(
            "Someone, probably you, asked for a way into the account {user} at {site} without its \
             password."
        )],
        link: Some(("Set a new password", link(ctx, "recover", code))),
        fine: vec![
            "The link works once, and not for long.".into(),
            "If it was not you, do nothing: the password stays as it is.".into(),
        ],
        ..Words::default()
    };
    let subject = format!("Recover your account at {site}");
    mail(ctx, address, &subject, &words)
}

/// What somebody did.
pub(super) fn notice(
    ctx: &Context,
    account: &Account,
    address: &str,
    told: Told,
    kind: Notice,
    code: &Secret,
) -> Result<Mail> {
    let unsubscribe = link(ctx, "unsubscribe", code);
    let excerpt = [told.title, told.content].into_iter().flatten();
    let excerpt: Vec<String> = excerpt.filter(|text| !text.is_empty()).collect();
    let ending = format!("Get no more mail about {}", about(kind));
    let words = Words {
        lead: vec![format!("{}.", told.sentence)],
        excerpt: (!excerpt.is_empty()).then(|| shortened(&excerpt.join("\n"), LONGEST_EXCERPT)),
        link: told.url.map(|url| ("See it", url)),
        fine: vec![format!("This was sent to {}.", name(ctx, account))],
        unsubscribe: Some((ending, unsubscribe.clone())),
    };
    let subject = format!("Activity notification: {}", told.sentence);
    Ok(Mail {
        unsubscribe: Some(unsubscribe),
        ..mail(ctx, address, &subject, &words)?
    })
}

fn mail(ctx: &Context, to: &str, subject: &str, words: &Words) -> Result<Mail> {
    let (site, base) = (site(ctx), ctx.urls().base());
    let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    let subject = shortened(&subject, LONGEST_SUBJECT);
    let text = Text { site, base, words };
    let html = Html {
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

/// The account as others know it.
fn name(ctx: &Context, account: &Account) -> String {
    format!("{}@{}", account.nickname, ctx.urls().authority())
}

fn link(ctx: &Context, what: &str, code: &Secret) -> String {
    ctx.urls()
        .absolute(&format!("/main/{what}/{}", code.expose()))
}

fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}

//! The note that welcomes who has a new account (pump-api 6.2).

use serde_json::json;

use crate::{
    Context,
    model::{Account, Reference},
    protocol::html::{escape, sanitise},
    service::activity::{Draft, Recipients},
};

/// The post of the note to a new person; `None` if the settings want none.
pub(super) fn welcome_draft(ctx: &Context, account: &Account) -> Option<Draft> {
    let settings = ctx.app().settings();
    let template = &settings.registration.welcome_note_html;
    if template.is_empty() {
        return None;
    }
    let (urls, nickname) = (ctx.urls(), &account.nickname);
    let value = |name: &str| {
        Some(match name {
            "site" => settings.site.clone(),
            "url" => urls.absolute("/"),
            "nickname" => nickname.to_string(),
            "address" => format!("{nickname}@{}", urls.authority()),
            "profile" => urls.page(nickname),
            _ => return None,
        })
    };
    let note = json!({
        "objectType": "note",
        "displayName": format!("Welcome to {}", settings.site),
        "content": sanitise(&fill_template(template, value)),
    });
    let to = Recipients::to(vec![Reference::new("person", account.person.as_str())]);
    Some(Draft {
        recipients: to,
        ..Draft::new("post", note.as_object().cloned().unwrap_or_default())
    })
}

/// The template with values in place of their names in braces, escaped. Placeholders without a
/// value stay.
fn fill_template(template: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut parts = template.split('{');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let named = part.split_once('}');
        if let Some((value, rest)) = named.and_then(|(name, rest)| Some((value(name)?, rest))) {
            text.push_str(&escape(&value));
            text.push_str(rest);
        } else {
            text.push('{');
            text.push_str(part);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_and_not_looked_at_again() {
        let value = |name: &str| match name {
            "a" => Some("<{b}>".to_owned()),
            "b" => Some("&".to_owned()),
            _ => None,
        };
        for (template, filled) in [
            ("{a}-{b}", "&lt;{b}&gt;-&amp;"),
            ("", ""),
            ("{c} {", "{c} {"),
            ("{{a}}", "{&lt;{b}&gt;}"),
            ("p { color: red }", "p { color: red }"),
        ] {
            assert_eq!(fill_template(template, value), filled);
        }
    }
}

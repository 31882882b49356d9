//! Names that people chose, in sentences of the server.

use crate::model::is_invisible;

/// The most characters of a name.
const MAX_NAME_CHARS: usize = 60;

/// A name in quotation marks, as one short line that ends neither the quotation nor the line, and
/// that no program takes for a link. `None` if nothing of it can be seen.
pub(crate) fn quoted(name: &str) -> Option<String> {
    let visible: String = name
        .chars()
        .filter(|c| !is_invisible(*c))
        .map(plain_char)
        .collect();
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return None;
    }
    Some(format!("“{}”", shortened(&unlinked(&line), MAX_NAME_CHARS)))
}

/// Text of at most so many characters, the last of which is `…` if it had more.
pub(crate) fn shortened(text: &str, max_chars: usize) -> String {
    match text.char_indices().nth(max_chars) {
        Some(_) => text.chars().take(max_chars - 1).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

/// Spaces for controls, and plain marks for those that could end the quotation.
fn plain_char(c: char) -> char {
    match c {
        '"' | '“' | '”' | '„' | '‟' | '«' | '»' | '＂' => '\'',
        c if c.is_control() => ' ',
        c => c,
    }
}

/// Whether a character is a full stop, or one that looks or counts like one in host names.
const fn is_dot(c: char) -> bool {
    matches!(c, '.' | '。' | '．' | '｡' | '\u{2024}' | '\u{fe52}')
}

/// The line with what makes a link of a word, a scheme or a dot in a host name, taken apart.
fn unlinked(line: &str) -> String {
    let words = line.replace("://", " ");
    let words: Vec<String> = words.split(' ').map(unlinked_word).collect();
    words.join(" ")
}

/// The same of one word. Schemes such as `mailto:` and addresses of numbers make links, too.
fn unlinked_word(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let is_address = line.chars().filter(|c| is_dot(*c)).count() >= 3;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let after_word = text.chars().next_back().is_some_and(char::is_alphanumeric);
        let after_letter = text.chars().next_back().is_some_and(char::is_alphabetic);
        let next = chars.peek().copied();
        match c {
            c if is_dot(c)
                && after_word
                && next.is_some_and(|c| c.is_alphabetic() || is_address) =>
            {
                text.push_str(". ");
            }
            ':' | '：' if after_letter && next.is_some() => text.push_str(": "),
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_short_line_in_quotation_marks() {
        for (name, shown) in [
            ("Alice L.", "“Alice L.”"),
            ("J. R. R. Tolkien 3.5", "“J. R. R. Tolkien 3.5”"),
            (" a\r\n\u{2028}\tb ", "“a b”"),
            ("\u{202e}evil\u{200b}", "“evil”"),
            ("A” says “B\"", "“A' says 'B'”"),
        ] {
            assert_eq!(quoted(name).as_deref(), Some(shown), "{name:?}");
        }
        for nothing in ["", " \n", "\u{200b}", "\u{3164}\u{2800}"] {
            assert_eq!(quoted(nothing), None, "{nothing:?}");
        }
        assert_eq!(
            quoted(&"é".repeat(300)).map(|name| name.chars().count()),
            Some(62)
        );
        assert_eq!(
            quoted(&"é".repeat(60)).map(|name| name.ends_with("é”")),
            Some(true)
        );
    }

    #[test]
    fn a_name_holds_no_link() {
        for (name, shown) in [
            ("http://evil.example/x", "“http evil. example/x”"),
            ("see www.evil.example", "“see www. evil. example”"),
            ("evil。example", "“evil. example”"),
            ("bob@evil.example", "“bob@evil. example”"),
            ("mailto:x@y", "“mailto: x@y”"),
            ("tel:+4912345", "“tel: +4912345”"),
            ("203.0.113.5/pay", "“203. 0. 113. 5/pay”"),
            ("evil\u{2024}example", "“evil. example”"),
            ("at 12:30, v3.5", "“at 12:30, v3.5”"),
            ("rock/pop: 1 // 2", "“rock/pop: 1 // 2”"),
        ] {
            assert_eq!(quoted(name).as_deref(), Some(shown), "{name}");
        }
    }
}

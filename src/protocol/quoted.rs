//! Names that people chose, in sentences of the server.

use crate::model::is_invisible;

/// The most characters of a name.
const MAX_NAME_CHARS: usize = 60;

/// A name in quotation marks, as one short line that ends neither the quotation nor the line, and
/// that no program takes for a link. `None` if nothing of it can be seen.
pub fn quoted(name: &str) -> Option<String> {
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
pub fn shortened(text: &str, max_chars: usize) -> String {
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

/// The line with what makes a link of a word, a scheme or a dot in a host name, taken apart.
fn unlinked(line: &str) -> String {
    let line = line.replace("://", " ");
    let mut text = String::with_capacity(line.len());
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let after_word = text.chars().next_back().is_some_and(char::is_alphanumeric);
        let next = chars.peek().copied();
        match c {
            '.' | '。' | '．' | '｡' if after_word && next.is_some_and(char::is_alphabetic) => {
                text.push_str(". ");
            }
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
            ("rock/pop: 1 // 2", "“rock/pop: 1 // 2”"),
        ] {
            assert_eq!(quoted(name).as_deref(), Some(shown), "{name}");
        }
    }
}

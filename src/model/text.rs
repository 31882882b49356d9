//! Visible and invisible characters of texts.

/// Returns whether a text shows nothing: it is empty, or all of it is space, control or invisible
/// characters.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_whitespace() || c.is_control() || is_invisible(c))
}

/// Returns whether a character is one of Unicode's `Default_Ignorable_Code_Point`, some of which
/// turn the direction of what follows, or a blank that is no space.
pub(crate) const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Returns a text as one line without invisible characters: each run of spaces and control
/// characters is one space.
pub(crate) fn single_line(text: &str) -> String {
    let visible = text.chars().filter(|c| !is_invisible(*c));
    let spaced = visible.map(|c| if c.is_control() { ' ' } else { c });
    let line = spaced.collect::<String>();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_line_has_no_breaks_and_nothing_invisible() {
        for (text, line) in [
            ("Dianara\n\u{202e}<b>x", "Dianara <b>x"),
            (" a\r\n\u{2028}\tb\u{0}c ", "a b c"),
            ("Pumpa é 😀", "Pumpa é 😀"),
            ("\u{200b}\n", ""),
        ] {
            assert_eq!(single_line(text), line, "{text:?}");
        }
    }

    #[test]
    fn a_text_without_a_visible_character_is_blank() {
        for blank in [
            "",
            " ",
            "\u{200b}",
            "\t\u{a0}\u{2800}\u{3164}\u{feff}\u{0}",
            "\u{202e}",
        ] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for shown in ["a", "\u{200b}.\u{200b}", "é", "😀\u{fe0f}", "\u{301}"] {
            assert!(!is_blank(shown), "{shown:?}");
        }
    }
}

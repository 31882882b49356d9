//! The `style` attribute: words, colours and small lengths, and nothing that loads, moves or
//! covers.

/// Properties whose value is words.
const WORDS: &[&str] = &[
    "font-style",
    "font-weight",
    "text-align",
    "text-decoration",
    "vertical-align",
];

/// Properties whose value is a colour.
const COLOURS: &[&str] = &["background-color", "color"];

/// Properties whose value is a length or more.
const MARGINS: &[&str] = &[
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
];

/// Functions that make a colour.
const COLOUR_FUNCTIONS: &[&str] = &["rgb(", "rgba(", "hsl(", "hsla("];

/// Units of lengths, and how many pixels each is; a percentage is of the size of the text.
const UNITS: &[(&str, f32)] = &[
    ("px", 1.0),
    ("pt", 4.0 / 3.0),
    ("rem", 16.0),
    ("em", 16.0),
    ("%", 0.16),
];

/// The largest margin that is kept: five quotations in each other, as editors indent them.
const MAX_MARGIN_PIXELS: f32 = 200.0;

/// The largest text that is kept.
const MAX_FONT_PIXELS: f32 = 64.0;

/// Returns the declarations of a `style` attribute that are kept; `None` if there are none.
///
/// A declaration with a quote, an escape, a comment or a URL is none of these, so what is left is
/// read the same by everyone.
pub(super) fn harmless_style(style: &str) -> Option<String> {
    let mut kept = String::new();
    for declaration in style.split(';') {
        let Some((name, value)) = declaration.split_once(':') else {
            continue;
        };
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        if is_harmless(&name, value) {
            if !kept.is_empty() {
                kept.push(';');
            }
            kept.push_str(&name);
            kept.push(':');
            kept.push_str(value);
        }
    }
    (!kept.is_empty()).then_some(kept)
}

fn is_harmless(name: &str, value: &str) -> bool {
    let all = |fits: &dyn Fn(&str) -> bool| {
        let mut tokens = value.split_ascii_whitespace().peekable();
        tokens.peek().is_some() && tokens.all(fits)
    };
    if COLOURS.contains(&name) {
        is_colour(value)
    } else if WORDS.contains(&name) {
        all(&|token| is_word(token) || is_weight(token))
    } else if MARGINS.contains(&name) {
        all(&|token| token == "auto" || is_length(token, MAX_MARGIN_PIXELS, "%"))
    } else if name == "font-size" {
        is_word(value) || is_length(value, MAX_FONT_PIXELS, "")
    } else {
        false
    }
}

fn is_word(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-')
}

/// A weight of type: 100 to 900.
fn is_weight(token: &str) -> bool {
    token.len() == 3 && token.bytes().all(|b| b.is_ascii_digit())
}

fn is_colour(value: &str) -> bool {
    let is_hex = |digits: &str| digits.bytes().all(|b| b.is_ascii_hexdigit());
    let is_list = |list: &str| {
        list.bytes()
            .all(|b| b.is_ascii_digit() || b" .,%".contains(&b))
    };
    let made = || {
        let lower = value.to_ascii_lowercase();
        let mut functions = COLOUR_FUNCTIONS.iter();
        let list = functions.find_map(|function| lower.strip_prefix(function));
        list.and_then(|list| list.strip_suffix(')'))
            .is_some_and(is_list)
    };
    is_word(value) || value.strip_prefix('#').is_some_and(is_hex) || made()
}

/// Whether a token is a length of no more than so many pixels, in a unit other than `but`.
fn is_length(token: &str, most: f32, but: &str) -> bool {
    let lower = token.to_ascii_lowercase();
    let mut units = UNITS.iter().filter(|(unit, _)| *unit != but);
    let pixels = units.find_map(|(unit, pixels)| {
        let number: f32 = lower.strip_suffix(unit)?.parse().ok()?;
        Some(number * pixels)
    });
    lower == "0" || pixels.is_some_and(|pixels| (0.0..=most).contains(&pixels))
}

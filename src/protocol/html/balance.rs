//! Rewrites HTML so that a parser can build its tree in linear time.
//!
//! HTML parsers repair bad nesting in quadratic time and memory: a thousand unclosed `<b>`s are
//! reopened in each of a thousand paragraphs. So before a tree is built the tags are put in order
//! here, and those nested too deep are left out. Removal of harmful markup happens elsewhere.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
};

use html5ever::{
    LocalName,
    tendril::StrTendril,
    tokenizer::{
        BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
        states::RawKind,
    },
};

/// Deeper than this no element is kept.
const MAX_DEPTH: usize = 64;

/// No more than this many formatting elements are kept inside each other: each of them may have to
/// be opened again in every paragraph.
const MAX_FORMATTING_DEPTH: usize = 12;

/// A longer `style` is not kept.
const MAX_STYLE_BYTES: usize = 500;

/// Elements that parsers open again where bad nesting closed them.
const FORMATTING: &[&str] = &[
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];

/// Elements that close by themselves, with those of the same rank or a lower one that are open when
/// one of them begins. An end tag that nobody wrote isn't written for them.
const SELF_CLOSING: &[(&str, u8)] = &[
    ("p", 0),
    ("li", 1),
    ("dt", 2),
    ("dd", 2),
    ("caption", 3),
    ("colgroup", 3),
    ("td", 3),
    ("th", 3),
    ("tr", 4),
    ("tbody", 5),
    ("tfoot", 5),
    ("thead", 5),
];

/// Elements without content.
const VOID: &[&str] = &["area", "br", "col", "hr", "img", "source", "track", "wbr"];

/// Elements whose content is no text for people.
pub(super) const HIDDEN: &[&str] = &["iframe", "noembed", "noframes", "script", "style"];

/// Leaves the elements named in `tags`, well nested and not too deep, all text that is for people,
/// and no comments.
pub(super) fn balance(html: &str, tags: &HashSet<&str>) -> String {
    tokenise(html, tags)
}

/// The text that is for people, escaped, without any element.
pub(super) fn text_of(html: &str) -> String {
    tokenise(html, &HashSet::new())
}

fn tokenise(html: &str, tags: &HashSet<&str>) -> String {
    let options = TokenizerOpts {
        discard_bom: false,
        ..TokenizerOpts::default()
    };
    let sink = Balancer {
        tags,
        state: RefCell::new(State {
            out: String::with_capacity(html.len()),
            ..State::default()
        }),
    };
    let tokenizer = Tokenizer::new(sink, options);
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    // It pauses only where the sink asks it to, which this one never does.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.state.into_inner().out
}

/// Writes the tokens out again, balanced.
struct Balancer<'a> {
    tags: &'a HashSet<&'a str>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    out: String,
    open: Vec<Open>,
    /// How many of `open` have each name, so that an end tag without a start is cheap.
    named: HashMap<LocalName, usize>,
    /// How many of `open` were written, of those that need an end tag.
    depth: usize,
    formatting: usize,
    /// Inside of an element whose content is no text for people.
    hidden: bool,
    /// The last thing written was `<pre>`, after which a parser skips a line break: it is written
    /// twice, so that the HTML stays as it was written.
    after_pre: bool,
}

struct Open {
    name: LocalName,
    written: bool,
}

impl TokenSink for Balancer<'_> {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut state = self.state.borrow_mut();
        match token {
            Token::CharacterTokens(text) => state.text(&text),
            Token::TagToken(tag) if tag.kind == TagKind::EndTag => state.end(&tag.name),
            Token::TagToken(tag) => return state.start(&tag, self.tags.contains(&*tag.name)),
            Token::EOFToken => state.finish(),
            Token::DoctypeToken(_)
            | Token::CommentToken(_)
            | Token::NullCharacterToken
            | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

impl State {
    fn text(&mut self, text: &str) {
        if self.hidden {
            return;
        }
        if std::mem::take(&mut self.after_pre) && text.starts_with('\n') {
            self.out.push('\n');
        }
        self.escaped(text);
    }

    fn start(&mut self, tag: &Tag, wanted: bool) -> TokenSinkResult<()> {
        let name = &*tag.name;
        if wanted {
            self.close_before(name);
            let void = VOID.contains(&name);
            let written = void || self.fits(name);
            if written {
                self.write_start(tag);
            }
            if !void {
                self.push(tag.name.clone(), written);
            }
        }
        match name {
            "script" => self.raw(name, RawKind::ScriptData),
            "iframe" | "noembed" | "noframes" | "style" | "xmp" => self.raw(name, RawKind::Rawtext),
            "textarea" | "title" => self.raw(name, RawKind::Rcdata),
            _ => TokenSinkResult::Continue,
        }
    }

    fn raw(&mut self, name: &str, kind: RawKind) -> TokenSinkResult<()> {
        self.hidden = HIDDEN.contains(&name);
        TokenSinkResult::RawData(kind)
    }

    fn end(&mut self, name: &LocalName) {
        // Raw content ends with the end tag of its own element only.
        self.hidden = false;
        if !self.named.contains_key(name) {
            return;
        }
        while let Some(open) = self.pop() {
            if open.name == *name {
                self.write_end(&open);
                break;
            }
            if rank(&open.name).is_none() {
                self.write_end(&open);
            }
        }
    }

    fn finish(&mut self) {
        while let Some(open) = self.pop() {
            self.write_end(&open);
        }
    }

    /// Forgets what an element of this name closes by beginning.
    fn close_before(&mut self, name: &str) {
        let Some(rank_of_new) = rank(name) else {
            return;
        };
        while let Some(top) = self.open.last()
            && rank(&top.name)
                .is_some_and(|rank| rank == rank_of_new || (3..rank_of_new).contains(&rank))
        {
            self.pop();
        }
    }

    fn fits(&self, name: &str) -> bool {
        rank(name).is_some()
            || self.depth < MAX_DEPTH
                && (self.formatting < MAX_FORMATTING_DEPTH || !FORMATTING.contains(&name))
    }

    fn push(&mut self, name: LocalName, written: bool) {
        if written {
            self.depth += usize::from(rank(&name).is_none());
            self.formatting += usize::from(FORMATTING.contains(&&*name));
        }
        *self.named.entry(name.clone()).or_default() += 1;
        self.open.push(Open { name, written });
    }

    fn pop(&mut self) -> Option<Open> {
        let open = self.open.pop()?;
        if open.written {
            self.depth -= usize::from(rank(&open.name).is_none());
            self.formatting -= usize::from(FORMATTING.contains(&&*open.name));
        }
        if let Some(count) = self.named.get_mut(&open.name) {
            *count -= 1;
            if *count == 0 {
                self.named.remove(&open.name);
            }
        }
        Some(open)
    }

    fn write_start(&mut self, tag: &Tag) {
        self.after_pre = &*tag.name == "pre";
        self.out.push('<');
        self.out.push_str(&tag.name);
        for attribute in &tag.attrs {
            let name = &*attribute.name.local;
            let value = &*attribute.value;
            let odd = !name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
            if odd || (name == "style" && value.len() > MAX_STYLE_BYTES) {
                continue;
            }
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            self.escaped(value);
            self.out.push('"');
        }
        self.out.push('>');
    }

    fn write_end(&mut self, open: &Open) {
        if open.written {
            self.after_pre = false;
            self.out.push_str("</");
            self.out.push_str(&open.name);
            self.out.push('>');
        }
    }

    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\u{a0}' => self.out.push_str("&nbsp;"),
                // A parser takes a byte order mark at the very beginning for no text.
                '\u{feff}' => self.out.push_str("&#xFEFF;"),
                // Nor are carriage returns left alone, where they are written as they are.
                '\r' => self.out.push_str("&#13;"),
                c => self.out.push(c),
            }
        }
    }
}

/// The rank of an element that closes by itself.
fn rank(name: &str) -> Option<u8> {
    SELF_CLOSING
        .iter()
        .find(|(closing, _)| *closing == name)
        .map(|&(_, rank)| rank)
}

//! Signatures of RFC 9421 that peers ask for, by `Accept-Signature` (section 5.1).

use sfv::{BareItem, Dictionary, InnerList, ItemSerializer, ListEntry, Parser};

use super::{
    MAX_COMPONENTS, MAX_HEADER_BYTES,
    digest::CONTENT_DIGEST,
    message::{ALGORITHM, check_target},
};

/// Name of the header.
pub(crate) const ACCEPT_SIGNATURE: &str = "accept-signature";

/// Components that are signed if they are asked for.
const COMPONENTS: [&str; 10] = [
    "@method",
    "@target-uri",
    "@authority",
    "@scheme",
    "@request-target",
    "@path",
    "@query",
    CONTENT_DIGEST,
    "date",
    "host",
];

/// A signature that a peer asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Name of the signature.
    pub(super) label: Box<str>,
    /// Components that it covers.
    pub(super) components: Vec<&'static str>,
    /// Parameters that are sent back, as they are written. Those of one request are not kept.
    pub(super) echoed: Box<str>,
}

impl Wanted {
    /// Reads the header. The first signature that can be made counts.
    pub(crate) fn parse(header: &str) -> Option<Self> {
        if header.len() > MAX_HEADER_BYTES {
            return None;
        }
        let members: Dictionary = Parser::new(header).parse().ok()?;
        let mut members = members.iter();
        members.find_map(|(label, member)| match member {
            ListEntry::InnerList(list) => Self::read(label.as_str(), list),
            ListEntry::Item(_) => None,
        })
    }

    fn read(label: &str, list: &InnerList) -> Option<Self> {
        let text = |name| list.params.get(name).and_then(BareItem::as_string);
        let is_ours = text("alg").is_none_or(|name| name.as_str() == ALGORITHM);
        // A certain key is none of ours: peers can't know it before we sign.
        if !is_ours || list.params.contains_key("keyid") || list.items.len() > MAX_COMPONENTS {
            return None;
        }
        let components = list.items.iter().map(|item| {
            let name = item.bare_item.as_string()?;
            let known = COMPONENTS.into_iter().find(|known| *known == name.as_str());
            known.filter(|_| item.params.is_empty())
        });
        let components: Vec<&str> = components.collect::<Option<_>>()?;
        // Nobody gets a signature of ours to use it elsewhere.
        check_target(&components).ok()?;
        let mut echoed = String::new();
        for name in ["nonce", "tag"] {
            if let Some(value) = text(name) {
                let value = ItemSerializer::new().bare_item(value).finish();
                echoed.extend([";", name, "=", &value]);
            }
        }
        Some(Self {
            label: label.into(),
            components,
            echoed: echoed.into(),
        })
    }

    /// The signature for a peer that verifies such signatures, but did not say what they cover.
    pub(crate) fn any() -> Self {
        Self {
            label: "sig1".into(),
            components: vec!["@method", "@target-uri"],
            echoed: "".into(),
        }
    }

    /// The signature that later requests to the same host have at first. A nonce is for one only.
    pub(crate) fn kept(&self) -> Self {
        Self {
            echoed: "".into(),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_signature_that_can_be_made_counts() {
        let header = concat!(
            r#"a=("@method" "x-unknown"), b=("@method");alg="ed25519", c=("@method");keyid="k", "#,
            r#"d=("@method" "@target-uri";req), e, f=("@method" "@target-uri" "date");created;"#,
            r#"nonce="a\"b";tag="t""#,
        );
        let wanted = Wanted::parse(header).unwrap();
        assert_eq!(&*wanted.label, "f");
        assert_eq!(wanted.components, ["@method", "@target-uri", "date"]);
        assert_eq!(&*wanted.echoed, r#";nonce="a\"b";tag="t""#);
        assert_eq!(&*wanted.kept().echoed, "");
    }

    #[test]
    fn other_headers_ask_for_nothing() {
        let many = format!("a=({})", "\"@method\" ".repeat(MAX_COMPONENTS + 1));
        let general = r#"a=("@method" "@path" "content-digest"), b=("@target-uri")"#;
        for header in ["", "a=(", "a=1", r#"a=("@status")"#, general, &many] {
            assert_eq!(Wanted::parse(header), None, "{header}");
        }
    }
}

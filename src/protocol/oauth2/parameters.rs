//! The parameters of a request (RFC 6749 sections 3.1 and 3.2).

use std::collections::BTreeMap;

/// Named values. One without a value counts as not given; one that is given more than once, or has
/// U+0000 in it, is unfit.
#[derive(Clone, Default)]
pub(crate) struct Parameters(BTreeMap<String, Option<String>>);

impl Parameters {
    /// The value of that name, if it was given and is fit.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_deref()
    }

    /// Whether any is unfit.
    pub(crate) fn has_unfit(&self) -> bool {
        self.0.values().any(Option::is_none)
    }
}

impl FromIterator<(String, String)> for Parameters {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(pairs: T) -> Self {
        let mut all = BTreeMap::new();
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            let is_text = !name.contains('\0') && !value.contains('\0');
            let value = Some(value).filter(|_| is_text && !all.contains_key(&name));
            all.insert(name, value);
        }
        Self(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(pairs: &[(&str, &str)]) -> Parameters {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn parameter_without_value_is_absent() {
        let given = parameters(&[("a", "1"), ("b", ""), ("b", "")]);
        assert_eq!((given.get("a"), given.get("b")), (Some("1"), None));
        assert!(!given.has_unfit());
    }

    #[test]
    fn repeated_or_non_text_parameter_has_no_value() {
        for pairs in [
            [("a", "1"), ("a", "1"), ("b", "1")],
            [("a", "1"), ("a", "2"), ("b", "\0")],
            [("b", "1"), ("a", "\0"), ("b", "1")],
        ] {
            let given = parameters(&pairs);
            assert!(given.has_unfit() && given.get("a").is_none());
        }
    }
}

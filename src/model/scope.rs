//! How much a bearer token allows.

/// A scope. Each contains those before it: who may write gets to see what is written, so that
/// writing without reading would be no smaller a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// `read`: to read what the person may read.
    Read,
    /// `writeown`: to act as the person too: to post, like, follow, upload, and keep profile and
    /// lists.
    WriteOwn,
    /// `writeall`: all of the rest too: the account itself, and making accounts.
    WriteAll,
}

impl Scope {
    /// From the smallest to the largest.
    pub const ALL: [Self; 3] = [Self::Read, Self::WriteOwn, Self::WriteAll];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::WriteOwn => "writeown",
            Self::WriteAll => "writeall",
        }
    }

    /// The scope of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }

    /// Reads names with blanks between them (RFC 6749 section 3.3): the largest of them contains
    /// the others. No name at all is [`Scope::Read`]; a name that is none of ours is no scope.
    pub fn parse_list(names: &str) -> Option<Self> {
        names
            .split(' ')
            .filter(|name| !name.is_empty())
            .try_fold(Self::Read, |largest, name| {
                Self::parse(name).map(|scope| scope.max(largest))
            })
    }

    /// It and all that it contains, smallest first.
    pub fn contained(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |scope| *scope <= self)
    }

    /// The names of it and all that it contains, with blanks between them.
    pub fn list(self) -> String {
        let names: Vec<&str> = self.contained().map(Self::as_str).collect();
        names.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_order_and_the_largest_counts() {
        for (names, scope) in [
            ("", Scope::Read),
            ("read", Scope::Read),
            ("writeown", Scope::WriteOwn),
            ("writeown read", Scope::WriteOwn),
            ("read  writeall writeown ", Scope::WriteAll),
        ] {
            assert_eq!(Scope::parse_list(names), Some(scope), "{names}");
        }
        for none in ["write", "read,writeown", "READ", "read\twriteown", "0"] {
            assert_eq!(Scope::parse_list(none), None, "{none}");
        }
    }

    #[test]
    fn a_scope_lists_what_it_contains() {
        assert_eq!(Scope::Read.list(), "read");
        assert_eq!(Scope::WriteAll.list(), "read writeown writeall");
    }
}

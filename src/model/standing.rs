//! Rights of an account, and limits that a moderator set.

/// Role of an account: the rights that its owner has over others. Each contains those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// None over others.
    #[default]
    None,
    /// Handles reports, and decides about people, hosts and applications for an account.
    Moderator,
    /// Also gives roles, and speaks for the site.
    Admin,
}

impl Role {
    /// From the smallest to the largest.
    pub const ALL: [Self; 3] = [Self::None, Self::Moderator, Self::Admin];

    /// Its name, as it is stored and typed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Moderator => "moderator",
            Self::Admin => "admin",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// Standing of an account: whether its owner may sign in and be heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Standing {
    /// As usual.
    #[default]
    Good,
    /// Waits for a moderator: nobody can sign in, and the person is listed nowhere.
    Pending,
    /// Heard only by those who follow the person: in no public list, search or suggestion.
    Silenced,
    /// Nobody can sign in, and nothing of the person is shown.
    Suspended,
}

impl Standing {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Good, Self::Pending, Self::Silenced, Self::Suspended];

    /// Its name, as it is stored and typed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Pending => "pending",
            Self::Silenced => "silenced",
            Self::Suspended => "suspended",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|standing| standing.as_str() == text)
    }
}

//! Differences between the databases in the text of statements.

/// Database that the text is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    not(all(feature = "sqlite", feature = "postgres")),
    allow(dead_code, reason = "one backend writes in one of them")
)]
pub(crate) enum Dialect {
    /// SQLite, which has to be told to use a partial index: it knows too little of what is in a
    /// table.
    Sqlite,
    /// PostgreSQL, which knows best.
    Postgres,
}

impl Dialect {
    /// Returns the text for this database.
    pub(crate) fn choose<T>(self, sqlite: T, postgres: T) -> T {
        match self {
            Self::Sqlite => sqlite,
            Self::Postgres => postgres,
        }
    }

    /// Returns the condition that a column is in a list of keys.
    pub(crate) fn is_among_keys(self, column: &str, parameter: &str) -> String {
        match self {
            Self::Sqlite => {
                format!("{column} IN (SELECT unhex(value) FROM json_each({parameter}))")
            }
            Self::Postgres => format!("{column} = ANY({parameter})"),
        }
    }

    /// Returns the condition that a column is in a list of numbers.
    pub(crate) fn is_among_numbers(self, column: &str, parameter: &str) -> String {
        match self {
            Self::Sqlite => format!("{column} IN (SELECT value FROM json_each({parameter}))"),
            Self::Postgres => format!("{column} = ANY({parameter})"),
        }
    }
}

/// Which way a page is read.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Direction {
    /// Entries with lower numbers than the bound, highest first.
    Older,
    /// Entries with higher numbers than the bound, lowest first.
    Newer,
}

impl Direction {
    /// How a number is compared with the bound, and the order.
    pub(crate) fn comparison_and_order(self) -> (&'static str, &'static str) {
        match self {
            Self::Older => ("<", "DESC"),
            Self::Newer => (">", "ASC"),
        }
    }

    /// How a number is compared with the last that is wanted.
    pub(crate) fn inclusive_comparison(self) -> &'static str {
        match self {
            Self::Older => ">=",
            Self::Newer => "<=",
        }
    }
}

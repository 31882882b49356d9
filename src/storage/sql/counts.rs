//! The counters of a stream.

use crate::model::{Class, Filter, Viewer};

/// How many entries there are, by how they are filed.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::storage) struct Tally {
    /// All of them.
    pub(in crate::storage) total: i64,
    /// Those filed as major.
    pub(in crate::storage) major: i64,
    /// Those filed as minor.
    pub(in crate::storage) minor: i64,
    /// Those filed as major and direct.
    pub(in crate::storage) major_direct: i64,
    /// Those filed as minor and direct.
    pub(in crate::storage) minor_direct: i64,
}

impl Tally {
    fn of(class: Option<Class>) -> Self {
        let filed = |major: bool, direct: bool| {
            i64::from(class.is_some_and(|class| class.major == major && (class.direct || !direct)))
        };
        Self {
            total: 1,
            major: filed(true, false),
            minor: filed(false, false),
            major_direct: filed(true, true),
            minor_direct: filed(false, true),
        }
    }

    /// The counters in the order of [`ADD`].
    pub(in crate::storage) fn list(self) -> [i64; 5] {
        [
            self.total,
            self.major,
            self.minor,
            self.major_direct,
            self.minor_direct,
        ]
    }

    fn passing(self, filter: Filter) -> i64 {
        match (filter.major, filter.direct) {
            (None, false) => self.total,
            (None, true) => self.major_direct + self.minor_direct,
            (Some(true), false) => self.major,
            (Some(true), true) => self.major_direct,
            (Some(false), false) => self.minor,
            (Some(false), true) => self.minor_direct,
        }
    }
}

/// The counters of a stream.
#[derive(Clone, Copy, Debug)]
pub(in crate::storage) struct Counts {
    /// All entries.
    pub(in crate::storage) all: Tally,
    /// Those whose object everyone may read.
    pub(in crate::storage) public: Tally,
}

impl Counts {
    /// What one entry adds to the counters.
    pub(in crate::storage) fn of(class: Option<Class>, public: bool) -> Self {
        let all = Tally::of(class);
        Self {
            all,
            public: if public { all } else { Tally::default() },
        }
    }

    /// The counters in the order of [`ADD`], times `sign`.
    pub(in crate::storage) fn times(self, sign: i64) -> impl Iterator<Item = i64> {
        let all = self.all.list().into_iter().chain(self.public.list());
        all.map(move |count| sign * count)
    }

    /// How many entries a viewer sees through a filter for sure, and among how many others, that not everyone may
    /// read, there may be more.
    pub(in crate::storage) fn seen(self, filter: Filter, viewer: Viewer<'_>) -> (i64, i64) {
        let (all, public) = (self.all.passing(filter), self.public.passing(filter));
        match viewer {
            Viewer::Everything => (all, 0),
            Viewer::Anyone => (public, 0),
            Viewer::Person(_) => (public, all - public),
        }
    }
}

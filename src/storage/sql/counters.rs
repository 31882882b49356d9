//! The counters of a stream.

use crate::model::{Class, Filter, Viewer};

/// Number of entries by class.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ClassCounts {
    /// All of them.
    pub(crate) total: i64,
    /// Major entries.
    pub(crate) major: i64,
    /// Minor entries.
    pub(crate) minor: i64,
    /// Major and direct entries.
    pub(crate) major_direct: i64,
    /// Minor and direct entries.
    pub(crate) minor_direct: i64,
}

impl ClassCounts {
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

    /// The counters in the order of [`ADD_TO_COUNTERS_SQL`](super::query::ADD_TO_COUNTERS_SQL).
    pub(crate) fn to_array(self) -> [i64; 5] {
        [
            self.total,
            self.major,
            self.minor,
            self.major_direct,
            self.minor_direct,
        ]
    }

    fn matching(self, filter: Filter) -> i64 {
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
pub(crate) struct StreamCounters {
    /// All entries.
    pub(crate) all: ClassCounts,
    /// Those whose object everyone may read.
    pub(crate) public: ClassCounts,
}

impl StreamCounters {
    /// The counters of one entry.
    pub(crate) fn of(class: Option<Class>, public: bool) -> Self {
        let all = ClassCounts::of(class);
        Self {
            all,
            public: if public { all } else { ClassCounts::default() },
        }
    }

    /// The counters in the order of [`ADD_TO_COUNTERS_SQL`](super::query::ADD_TO_COUNTERS_SQL), times `sign`.
    pub(crate) fn scaled(self, sign: i64) -> impl Iterator<Item = i64> {
        let all = self
            .all
            .to_array()
            .into_iter()
            .chain(self.public.to_array());
        all.map(move |count| sign * count)
    }

    /// How many entries a viewer sees through a filter for sure, and among how many others, that
    /// not everyone may read, there may be more.
    pub(crate) fn visible_and_uncertain(self, filter: Filter, viewer: Viewer<'_>) -> (i64, i64) {
        let (all, public) = (self.all.matching(filter), self.public.matching(filter));
        match viewer {
            Viewer::Unrestricted => (all, 0),
            Viewer::Anonymous => (public, 0),
            Viewer::Person(_) => (public, all - public),
        }
    }
}

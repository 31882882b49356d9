//! Commits that only add objects and file them, as posts do: in one go, as one statement, which is a transaction by
//! itself.

use sqlx::{PgConnection, Row};

use super::{
    add::Added,
    commit::{Asked, Outcome},
    error, filing,
    ledger::{self, Ledger},
    locks::Locks,
};
use crate::storage::{
    Place, Touched,
    sql::steps::{Filing, Step},
};

/// All of it, as columns.
const POST: &str = "\
    SELECT post($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, \
    $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35)";

/// What is added, then filed.
pub(super) struct Post<'a> {
    added: Added<'a>,
    filing: Option<&'a Filing<'a>>,
}

impl<'a> Post<'a> {
    /// Steps that can be done in one go.
    pub(super) fn of(steps: &'a [Step<'a>]) -> Option<Self> {
        let (objects, filing) = match steps {
            [Step::Add(objects)] => (objects.clone(), None),
            [Step::Add(objects), Step::File(filing)] => (objects.clone(), Some(filing)),
            [Step::File(filing)] => (Vec::new(), Some(filing)),
            _ => return None,
        };
        Some(Self {
            added: Added::of(objects),
            filing,
        })
    }

    /// Does it all, puts down that it was done, with what it touches as far as it is named, and tells what was filed
    /// where. `None` if something of it can't be done, and nothing was: then the same step by step says what is wrong.
    pub(super) async fn write(
        &self,
        locks: &Locks,
        ledger: &Ledger,
        named: &Touched,
        connection: &mut PgConnection,
    ) -> Outcome<Option<Vec<Place>>> {
        let none = Filing::default();
        let query: Asked<'_> = sqlx::query(POST);
        let query = self.added.bind(locks.bind_named(query));
        let query = filing::bind(self.filing.unwrap_or(&none), query);
        match ledger.bind(named, query).fetch_one(connection).await {
            Ok(row) => Ok(Some(ledger::places(row.try_get(0)?).collect())),
            Err(error) if error::is_refused(&error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

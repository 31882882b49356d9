//! Commits that only add objects and file them, as posts do: in one go, as one statement, which is a transaction by
//! itself.

use sqlx::PgConnection;

use super::{
    add::Added,
    commit::{Asked, Outcome},
    error, filing,
    ledger::Ledger,
    locks::Locks,
};
use crate::storage::{
    Touched,
    sql::steps::{Filing, Step},
};

/// All of it, as columns.
const POST: &str = "\
    SELECT post($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, \
    $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, \
    $34, $35)";

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

    /// Does it all; `false` if something of it can't be done, and nothing was. Then the same step by step says
    /// what is wrong.
    pub(super) async fn write(
        &self,
        locks: &Locks,
        (ledger, touched): (&Ledger, &Touched),
        connection: &mut PgConnection,
    ) -> Outcome<bool> {
        let none = Filing::default();
        let query: Asked<'_> = sqlx::query(POST);
        let query = self.added.bind(locks.bind_named(query));
        let query = filing::bind(self.filing.unwrap_or(&none), query);
        let query = ledger.bind(touched, query);
        match query.execute(connection).await {
            Ok(_) => Ok(true),
            Err(error) if error::is_refused(&error) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

//! Recipients of a delivery that leaves out the members of streams.
//!
//! Such deliveries are few. Their recipients are looked up by a query of its own, so that the
//! statements of all others do not become longer.

use std::collections::HashSet;

use super::{
    dialect::Dialect,
    driver::{Column, SqlConnection, args},
    key,
    write::WriteResult,
};
use crate::{model::Stream, storage::Delivery};

/// Returns the same delivery to named persons: those who are left.
pub(super) async fn without_excepted<C: SqlConnection>(
    connection: &mut C,
    delivery: &Delivery,
) -> WriteResult<Delivery> {
    let keys = |streams: &[Stream]| streams.iter().map(key::stream_key).collect::<Vec<_>>();
    let named = delivery.direct.iter().chain(&delivery.persons);
    let arguments = args![
        named.map(|id| key::digest_key(id)).collect::<Vec<_>>(),
        keys(&delivery.members),
        keys(&delivery.except_members),
    ];
    let rows = connection
        .all(&recipients_sql(C::DIALECT), &arguments)
        .await?;
    let left: Result<HashSet<String>, _> = rows.iter().map(|row| row.at(0)).collect();
    let left = left?;
    let direct = delivery.direct.iter().filter(|id| left.contains(*id));
    Ok(Delivery {
        direct: direct.cloned().collect(),
        persons: left.iter().cloned().collect(),
        members: Vec::new(),
        except_members: Vec::new(),
        ..delivery.clone()
    })
}

/// Returns the statement that reads the ids of persons ($1) and of the members of streams ($2),
/// but for the members of others ($3).
fn recipients_sql(dialect: Dialect) -> String {
    let persons = dialect.is_among_keys("p.key", "$1");
    let members = dialect.is_among_keys("m.key", "$2");
    let excepted = dialect.is_among_keys("x.key", "$3");
    let left = format!(
        "NOT EXISTS (SELECT 1 FROM streams x JOIN entries e ON e.stream = x.pk \
         WHERE e.item = p.pk AND {excepted})"
    );
    format!(
        "SELECT p.id FROM objects p WHERE {persons} AND {left} \
         UNION SELECT p.id FROM streams m JOIN entries r ON r.stream = m.pk \
         JOIN objects p ON p.pk = r.item WHERE {members} AND {left}"
    )
}

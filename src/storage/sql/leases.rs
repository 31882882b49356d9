//! Leases of hosts that deliveries wait for.

use crate::storage::sql::{
    dialect::Dialect,
    driver::{Column, SqlConnection, args},
};

/// Request for a lease of hosts, with times in seconds since 1970.
#[derive(Debug)]
pub(crate) struct LeaseRequest {
    /// Hosts are due, and leases have ended, by this time.
    pub(crate) now: i64,
    /// End of the lease.
    pub(crate) until: i64,
    /// The most hosts.
    pub(crate) hosts: u32,
    /// Whether only hosts are wanted without failures.
    pub(crate) answering: bool,
}

impl LeaseRequest {
    /// Leases the hosts; returns their primary keys.
    pub(crate) async fn execute<C: SqlConnection>(
        &self,
        connection: &mut C,
    ) -> sqlx::Result<Vec<i64>> {
        let arguments = args![self.now, self.until, self.hosts, self.answering];
        let rows = connection.all(&lease_sql(C::DIALECT), &arguments).await?;
        rows.iter().map(|row| Column::<i64>::at(row, 0)).collect()
    }
}

/// Hosts that deliveries wait for, as the table `waiting`: from one to the next in the index of
/// deliveries, so that it does not matter how many wait for each. The last row is NULL.
pub(super) const WITH_WAITING: &str = "\
    WITH RECURSIVE waiting (host) AS (SELECT min(host) FROM outgoing UNION ALL \
      SELECT (SELECT min(o.host) FROM outgoing o WHERE o.host > w.host) \
      FROM waiting w WHERE w.host IS NOT NULL)";

/// Leases until a time ($2) so many ($3) hosts that are due at a time ($1); with $4 only those
/// without failures. Of two at once on PostgreSQL, the second takes what the first does not.
pub(crate) fn lease_sql(dialect: Dialect) -> String {
    let lock = dialect.choose("", "FOR NO KEY UPDATE OF h SKIP LOCKED");
    format!(
        "{WITH_WAITING}, \
         due (host) AS (SELECT h.pk FROM waiting w CROSS JOIN remote_hosts h \
           WHERE h.pk = w.host AND coalesce(h.next_attempt, $1) <= $1 \
           AND coalesce(h.leased_until, $1) <= $1 AND NOT ($4 AND h.failures > 0) \
           ORDER BY h.next_attempt NULLS FIRST, h.pk LIMIT $3 {lock}) \
         UPDATE remote_hosts SET leased_until = $2 WHERE pk IN (SELECT host FROM due) \
         RETURNING pk"
    )
}

//! Remote accounts, hosts, and the deliveries that wait for them, in either database.

mod rows;
mod write;

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, SubsecRound, Utc};

pub(super) use write::apply;
#[cfg(test)]
pub(crate) use write::{PASS_ON_SQL, settle_sql};

use self::rows::{
    ACCOUNT_COLUMNS, DELIVERY_COLUMNS, DELIVERY_JOINS, HOST_COLUMNS, decode_account,
    decode_delivery, decode_host, decode_waiting_host,
};
use super::{
    dialect::Dialect,
    driver::{Column, args},
    key,
    leases::{LeaseRequest, WITH_WAITING},
    record::Record,
    store::SqlStore,
};
use crate::{
    model::{
        HostBlock, HostLease, OutgoingDelivery, RemoteAccount, RemoteCredential, RemoteHost,
        WaitingHost,
    },
    storage::{MAX_LEASED_OF_DESTINATION, Remotes, Result},
};

/// How many of the oldest deliveries to a host are looked at for a lease.
const MAX_RANKED_DELIVERIES: u32 = 1024;

#[async_trait]
impl<S: SqlStore> Remotes for S {
    async fn find_remote_accounts(&self, ids: &[&str]) -> Result<Vec<Option<RemoteAccount>>> {
        let sql = accounts_sql(S::DIALECT);
        let keys = args![key::digest_keys(ids)];
        let found = self.pool().list(&sql, &keys, decode_account).await?;
        let by_id: HashMap<&str, &RemoteAccount> = found.iter().map(|a| (&*a.id, a)).collect();
        Ok(ids
            .iter()
            .map(|id| by_id.get(id).copied().cloned())
            .collect())
    }

    async fn find_actors(&self, urls: &[&str]) -> Result<Vec<Option<RemoteAccount>>> {
        let keys = args![key::digest_keys(urls)];
        let sql = actors_sql(S::DIALECT);
        let found = self.pool().list(&sql, &keys, decode_account).await?;
        let named = |url: &&str| {
            found
                .iter()
                .find(|one| one.actor_id() == Some(*url))
                .cloned()
        };
        Ok(urls.iter().map(named).collect())
    }

    async fn list_remote_accounts(
        &self,
        after: u64,
        count: u32,
    ) -> Result<Vec<(u64, RemoteAccount)>> {
        let sql = all_accounts_sql();
        let arguments = args![after.cast_signed(), count];
        let decode = |row: &_| {
            let place: i64 = Column::<i64>::named(row, "place")?;
            Ok((place.unsigned_abs(), decode_account(row)?))
        };
        self.pool().list(&sql, &arguments, decode).await
    }

    async fn find_remote_host(&self, name: &str) -> Result<Option<RemoteHost>> {
        let sql = format!("SELECT {HOST_COLUMNS} FROM remote_hosts h WHERE h.name = $1");
        self.pool().find(&sql, &args![name], decode_host).await
    }

    async fn find_remote_credential(
        &self,
        host: &str,
        identity: &str,
    ) -> Result<Option<RemoteCredential>> {
        let sql = "SELECT * FROM remote_credentials WHERE host = $1 AND identity = $2";
        let arguments = args![host, identity];
        self.pool().find(sql, &arguments, Record::decode).await
    }

    async fn list_host_blocks(&self) -> Result<Vec<HostBlock>> {
        let sql = "SELECT * FROM host_blocks ORDER BY host";
        self.pool().list(sql, &[], Record::decode).await
    }

    async fn lease_hosts(
        &self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        hosts: u32,
        deliveries: u32,
        answering: bool,
    ) -> Result<Vec<HostLease>> {
        let request = LeaseRequest {
            now: now.timestamp(),
            until: until.timestamp(),
            hosts,
            answering,
        };
        let leased = self.lease(request).await?;
        if leased.is_empty() {
            return Ok(Vec::new());
        }
        let arguments = args![leased, deliveries];
        let mut oldest: HashMap<i64, Vec<OutgoingDelivery>> = HashMap::new();
        let take = |row: &_| {
            let deliveries = oldest.entry(Column::<i64>::named(row, "destination_host")?);
            deliveries.or_default().push(decode_delivery(row)?);
            Ok(())
        };
        let sql = oldest_deliveries_sql(S::DIALECT);
        self.pool().each(&sql, &arguments, take).await?;
        let sql = leased_hosts_sql(S::DIALECT);
        let decode = |row: &_| Ok((Column::<i64>::named(row, "pk")?, decode_host(row)?));
        let hosts = self.pool().list(&sql, &arguments[..1], decode).await?;
        let until = until.trunc_subsecs(0);
        let lease = |(pk, host)| HostLease {
            host,
            until,
            deliveries: oldest.remove(&pk).unwrap_or_default(),
        };
        Ok(hosts.into_iter().map(lease).collect())
    }

    async fn list_waiting_hosts(&self, after: &str, count: u32) -> Result<Vec<WaitingHost>> {
        let sql = waiting_hosts_sql();
        let arguments = args![after, count];
        self.pool()
            .list(&sql, &arguments, decode_waiting_host)
            .await
    }

    async fn list_outgoing_of(&self, activity: &str, count: u32) -> Result<Vec<OutgoingDelivery>> {
        let arguments = args![key::digest_key(activity), count];
        let sql = outgoing_of_sql();
        self.pool().list(&sql, &arguments, decode_delivery).await
    }
}

/// The remote accounts of objects, by keys ($1).
pub(crate) fn accounts_sql(dialect: Dialect) -> String {
    let of_objects = dialect.is_among_keys("o.key", "$1");
    format!(
        "SELECT {ACCOUNT_COLUMNS} FROM objects o JOIN remote_accounts a ON a.object = o.pk \
         JOIN remote_hosts h ON h.pk = a.host WHERE {of_objects}"
    )
}

/// The remote accounts of actors, by keys of their profile URLs ($1).
pub(crate) fn actors_sql(dialect: Dialect) -> String {
    let of_actors = dialect.is_among_keys("a.actor", "$1");
    format!(
        "SELECT {ACCOUNT_COLUMNS} FROM remote_accounts a JOIN objects o ON o.pk = a.object \
         JOIN remote_hosts h ON h.pk = a.host WHERE {of_actors}"
    )
}

/// So many ($2) remote accounts after a place ($1).
pub(crate) fn all_accounts_sql() -> String {
    format!(
        "SELECT a.object AS place, {ACCOUNT_COLUMNS} FROM remote_accounts a \
         JOIN objects o ON o.pk = a.object JOIN remote_hosts h ON h.pk = a.host \
         WHERE a.object > $1 ORDER BY a.object LIMIT $2"
    )
}

/// Hosts by their primary keys ($1), longest due first.
fn leased_hosts_sql(dialect: Dialect) -> String {
    let leased = dialect.is_among_numbers("h.pk", "$1");
    format!(
        "SELECT h.pk, {HOST_COLUMNS} FROM remote_hosts h WHERE {leased} \
         ORDER BY h.next_attempt NULLS FIRST, h.pk"
    )
}

/// The oldest deliveries, so many ($2) for each host, by their primary keys ($1). Of each
/// destination there is only a part.
pub(crate) fn oldest_deliveries_sql(dialect: Dialect) -> String {
    let leased = dialect.is_among_numbers("r.pk", "$1");
    let columns = dialect.choose("position, destination", "*");
    let ranked = format!(
        "SELECT {columns}, row_number() OVER (PARTITION BY destination ORDER BY position) AS rank \
         FROM (SELECT {columns} FROM outgoing WHERE host = r.pk \
           ORDER BY position LIMIT {MAX_RANKED_DELIVERIES}) oldest"
    );
    let part = format!(
        "FROM ({ranked}) ranked WHERE rank <= {MAX_LEASED_OF_DESTINATION} \
         ORDER BY position LIMIT $2"
    );
    let oldest = match dialect {
        Dialect::Sqlite => format!("outgoing d ON d.position IN (SELECT position {part})"),
        Dialect::Postgres => format!("LATERAL (SELECT * {part}) d"),
    };
    format!(
        "SELECT r.pk AS destination_host, {DELIVERY_COLUMNS}, {ACCOUNT_COLUMNS} \
         FROM remote_hosts r CROSS JOIN {oldest} {DELIVERY_JOINS} WHERE {leased} \
         ORDER BY d.position"
    )
}

/// So many ($2) hosts that deliveries wait for, by name after one ($1).
pub(crate) fn waiting_hosts_sql() -> String {
    let deliveries = "FROM outgoing d WHERE d.host = h.pk";
    format!(
        "{WITH_WAITING} SELECT {HOST_COLUMNS}, (SELECT count(*) {deliveries}) AS waiting, \
         (SELECT d.created {deliveries} ORDER BY d.position LIMIT 1) AS oldest \
         FROM (SELECT r.pk FROM waiting w CROSS JOIN remote_hosts r \
           WHERE r.pk = w.host AND r.name > $1 ORDER BY r.name LIMIT $2) page \
         CROSS JOIN remote_hosts h WHERE h.pk = page.pk ORDER BY h.name"
    )
}

/// So many ($2) deliveries of an activity, by key ($1), oldest first. They are sorted: the order of
/// all deliveries would be the wrong index.
pub(crate) fn outgoing_of_sql() -> String {
    format!(
        "SELECT {DELIVERY_COLUMNS}, {ACCOUNT_COLUMNS} FROM outgoing d {DELIVERY_JOINS} \
         WHERE d.activity = (SELECT pk FROM objects WHERE key = $1) \
         ORDER BY d.position + 0 LIMIT $2"
    )
}

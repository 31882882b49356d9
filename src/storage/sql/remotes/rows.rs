//! Rows of what is known of other hosts.

use serde_json::{Map, Value};
use sqlx::types::Json;

use crate::{
    model::{
        DeliveryState, HostBlock, Multikey, OutgoingDelivery, Protocol, RemoteAccount,
        RemoteCredential, RemoteHost, WaitingHost,
    },
    storage::{
        Result, StorageError,
        sql::{decode::decode_time, driver::SqlRow, record::record},
    },
};

/// Columns of the host `h`.
pub(super) const HOST_COLUMNS: &str = "\
    h.name, h.endpoints, h.discovered, h.failing_since, h.failures, h.last_error, \
    h.last_success, h.next_attempt, h.clock_offset";

/// Columns of the remote account `a`, with those of its object `o` and its host `h`.
pub(super) const ACCOUNT_COLUMNS: &str = "\
    o.id AS account, h.name AS host, a.protocol, a.inbox, a.shared_inbox, a.profile_url, \
    a.public_key, a.multikeys, a.fetched, a.failing_since";

/// Columns of the delivery `d` and its activity `t`, besides those of its account.
pub(super) const DELIVERY_COLUMNS: &str = "d.position, d.created, t.id AS activity";

/// The tables that these are in, besides its own.
pub(super) const DELIVERY_JOINS: &str = "\
    JOIN objects t ON t.pk = d.activity JOIN remote_accounts a ON a.object = d.account \
    JOIN objects o ON o.pk = a.object JOIN remote_hosts h ON h.pk = a.host";

pub(super) fn decode_account(row: &impl SqlRow) -> Result<RemoteAccount> {
    let protocol: String = row.named("protocol")?;
    let protocol = Protocol::parse(&protocol)
        .ok_or_else(|| StorageError::Corrupt(format!("the protocol '{protocol}'")))?;
    let (fetched, failing_since): (Option<i64>, Option<i64>) =
        (row.named("fetched")?, row.named("failing_since")?);
    Ok(RemoteAccount {
        id: row.named("account")?,
        host: row.named("host")?,
        protocol,
        inbox: row.named("inbox")?,
        shared_inbox: row.named("shared_inbox")?,
        profile_url: row.named("profile_url")?,
        public_key: row.named("public_key")?,
        multikeys: decode_multikeys(row)?,
        fetched: fetched.map(decode_time),
        failing_since: failing_since.map(decode_time),
    })
}

fn decode_multikeys(row: &impl SqlRow) -> Result<Vec<Multikey>> {
    let keys: Option<Json<Value>> = row.named("multikeys")?;
    let Some(Json(Value::Object(keys))) = keys else {
        return Ok(Vec::new());
    };
    let keys = keys.into_iter().filter_map(|(id, key)| match key {
        Value::String(key) => Some(Multikey { id, key }),
        _ => None,
    });
    Ok(keys.collect())
}

pub(super) fn decode_host(row: &impl SqlRow) -> Result<RemoteHost> {
    let Json(endpoints): Json<Map<String, Value>> = row.named("endpoints")?;
    let endpoints = endpoints.into_iter().filter_map(|(rel, url)| match url {
        Value::String(url) => Some((rel, url)),
        _ => None,
    });
    let time = |name| -> Result<_> {
        let seconds: Option<i64> = row.named(name)?;
        Ok(seconds.map(decode_time))
    };
    let failures: i64 = row.named("failures")?;
    Ok(RemoteHost {
        name: row.named("name")?,
        endpoints: endpoints.collect(),
        discovered: time("discovered")?,
        delivery: DeliveryState {
            failing_since: time("failing_since")?,
            failures: u32::try_from(failures).unwrap_or(u32::MAX),
            last_error: row.named("last_error")?,
            last_success: time("last_success")?,
            next_attempt: time("next_attempt")?,
            clock_offset: row.named("clock_offset")?,
        },
    })
}

pub(super) fn decode_waiting_host(row: &impl SqlRow) -> Result<WaitingHost> {
    let waiting: i64 = row.named("waiting")?;
    Ok(WaitingHost {
        host: decode_host(row)?,
        waiting: waiting.unsigned_abs(),
        oldest: decode_time(row.named("oldest")?),
    })
}

pub(super) fn decode_delivery(row: &impl SqlRow) -> Result<OutgoingDelivery> {
    let position: i64 = row.named("position")?;
    Ok(OutgoingDelivery {
        position: position.unsigned_abs(),
        activity: row.named("activity")?,
        account: decode_account(row)?,
        created: decode_time(row.named("created")?),
    })
}

record!(RemoteCredential {
    host,
    identity,
    client_id,
    secret,
    created
});

record!(HostBlock {
    host,
    subdomains,
    reason,
    created
});

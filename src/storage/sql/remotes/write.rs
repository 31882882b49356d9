//! Changes of what is known of other hosts.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::{
    model::{HostBlock, RemoteAccount, RemoteCredential, RemoteHost},
    storage::{
        Change, Delivery, HostOutcome,
        sql::{
            dialect::Dialect,
            driver::{SqlConnection, args},
            key,
            record::Record,
            write::{WriteResult, delete_one, ensure_found},
        },
    },
};

/// Stores a remote account, if its object, by key ($1), is there.
const PUT_ACCOUNT_SQL: &str = "\
    INSERT INTO remote_accounts \
    (object, host, protocol, inbox, shared_inbox, profile_url, fetched, failing_since, \
    destination, public_key, actor, multikeys) \
    SELECT o.pk, h.pk, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 \
    FROM objects o CROSS JOIN remote_hosts h \
    WHERE o.key = $1 AND h.name = $2 \
    ON CONFLICT (object) DO UPDATE SET host = excluded.host, protocol = excluded.protocol, \
    inbox = excluded.inbox, shared_inbox = excluded.shared_inbox, \
    profile_url = excluded.profile_url, fetched = excluded.fetched, \
    failing_since = excluded.failing_since, destination = excluded.destination, \
    public_key = excluded.public_key, actor = excluded.actor, multikeys = excluded.multikeys";

const PUT_HOST_SQL: &str = "\
    INSERT INTO remote_hosts (name, endpoints, discovered) VALUES ($1, $2, $3) \
    ON CONFLICT (name) DO UPDATE SET endpoints = excluded.endpoints, \
    discovered = excluded.discovered";

const PUT_CREDENTIAL_SQL: &str = "\
    INSERT INTO remote_credentials (host, identity, client_id, secret, created) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (host, identity) DO UPDATE SET \
    client_id = excluded.client_id, secret = excluded.secret, created = excluded.created";

/// Stores credentials where there are none.
const ADD_CREDENTIAL_SQL: &str = "\
    INSERT INTO remote_credentials (host, identity, client_id, secret, created) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (host, identity) DO NOTHING";

const PUT_BLOCK_SQL: &str = "\
    INSERT INTO host_blocks (host, subdomains, reason, created) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (host) DO UPDATE SET subdomains = excluded.subdomains, \
    reason = excluded.reason, created = excluded.created";

/// Enqueues an activity ($1) for the remote accounts among the members of a stream ($2), but not
/// for one host ($4). Of those of `ActivityPub` only one is reached, by key ($5), or all.
pub(crate) const PASS_ON_SQL: &str = "\
    INSERT INTO outgoing (host, activity, account, destination, created) \
    SELECT a.host, o.pk, a.object, a.destination, $3 FROM objects o CROSS JOIN streams m \
    CROSS JOIN entries e CROSS JOIN remote_accounts a CROSS JOIN remote_hosts h \
    WHERE o.key = $1 AND m.key = $2 AND e.stream = m.pk AND a.object = e.item \
    AND h.pk = a.host AND ($4 IS NULL OR h.name <> $4) \
    AND ($5 IS NULL OR a.protocol <> 'activitypub' \
    OR EXISTS (SELECT 1 FROM objects x WHERE x.pk = a.object AND x.key = $5)) \
    ORDER BY a.destination ON CONFLICT DO NOTHING";

/// Applies a change of what is known of other hosts; others are no changes here.
pub(in crate::storage::sql) async fn apply(
    connection: &mut impl SqlConnection,
    change: &Change,
) -> WriteResult {
    match change {
        Change::PutRemoteAccount(account) => put_account(connection, account).await,
        Change::PutRemoteHost(host) => put_host(connection, host).await,
        Change::PutRemoteCredential(credential) => {
            put_credential(connection, PUT_CREDENTIAL_SQL, credential).await
        }
        Change::AddRemoteCredential(credential) => {
            put_credential(connection, ADD_CREDENTIAL_SQL, credential).await
        }
        Change::RemoveRemoteCredential {
            host,
            identity,
            client_id,
        } => {
            let sql = "DELETE FROM remote_credentials \
                       WHERE host = $1 AND identity = $2 AND client_id = $3";
            let arguments = args![host, identity, client_id];
            connection.run(sql, &arguments).await?;
            Ok(())
        }
        Change::PassOn(delivery) => pass_on(connection, delivery).await,
        Change::SettleHost(outcome) => settle(connection, outcome).await,
        Change::DropOutgoing(None) => {
            connection.run("DELETE FROM outgoing", &[]).await?;
            Ok(())
        }
        Change::DropOutgoing(Some(host)) => {
            let sql = "DELETE FROM outgoing \
                       WHERE host = (SELECT pk FROM remote_hosts WHERE name = $1)";
            connection.run(sql, &args![host]).await?;
            Ok(())
        }
        Change::PutHostBlock(block) => put_block(connection, block).await,
        Change::RemoveHostBlock(host) => {
            let sql = "DELETE FROM host_blocks WHERE host = $1";
            delete_one(connection, sql, host, host).await
        }
        _ => Ok(()),
    }
}

async fn put_account(connection: &mut impl SqlConnection, account: &RemoteAccount) -> WriteResult {
    // By itself: the next statement sees a row that another transaction has made.
    let ensure = "INSERT INTO remote_hosts (name) VALUES ($1) ON CONFLICT (name) DO NOTHING";
    connection.run(ensure, &args![&account.host]).await?;
    let actor = account.actor_id().map(key::digest_key);
    let arguments = args![
        key::digest_key(&account.id),
        &account.host,
        account.protocol.as_str(),
        &account.inbox,
        &account.shared_inbox,
        &account.profile_url,
        seconds(account.fetched),
        seconds(account.failing_since),
        key::digest_key(account.destination()),
        &account.public_key,
        actor,
        multikeys(account),
    ];
    let stored = connection.run(PUT_ACCOUNT_SQL, &arguments).await?;
    ensure_found(stored, &account.id)
}

/// By their ids; an account without them has no value.
fn multikeys(account: &RemoteAccount) -> Option<Value> {
    let keys = account.multikeys.iter();
    let keys = keys.map(|key| (key.id.clone(), key.key.as_str().into()));
    let keys: Map<String, Value> = keys.collect();
    (!keys.is_empty()).then_some(keys.into())
}

async fn put_host(connection: &mut impl SqlConnection, host: &RemoteHost) -> WriteResult {
    let endpoints = host.endpoints.iter();
    let endpoints: Map<String, Value> = endpoints
        .map(|(rel, url)| (rel.clone(), url.as_str().into()))
        .collect();
    let arguments = args![&host.name, Value::from(endpoints), seconds(host.discovered)];
    connection.run(PUT_HOST_SQL, &arguments).await?;
    Ok(())
}

async fn put_credential(
    connection: &mut impl SqlConnection,
    sql: &str,
    credential: &RemoteCredential,
) -> WriteResult {
    connection.run(sql, &credential.arguments()).await?;
    Ok(())
}

async fn put_block(connection: &mut impl SqlConnection, block: &HostBlock) -> WriteResult {
    connection.run(PUT_BLOCK_SQL, &block.arguments()).await?;
    Ok(())
}

async fn pass_on(connection: &mut impl SqlConnection, delivery: &Delivery) -> WriteResult {
    for stream in &delivery.members {
        let arguments = args![
            key::digest_key(&delivery.activity),
            key::stream_key(stream),
            delivery.enqueued.timestamp(),
            &delivery.except_host,
            key::reach_key(&delivery.activitypub),
        ];
        connection.run(PASS_ON_SQL, &arguments).await?;
    }
    Ok(())
}

/// Ends or continues a lease.
async fn settle<C: SqlConnection>(connection: &mut C, outcome: &HostOutcome) -> WriteResult {
    let state = &outcome.state;
    let positions = outcome.done.iter().map(|position| position.cast_signed());
    // No database takes U+0000, which a peer can make a part of an error.
    let error = state.last_error.as_ref().map(|text| text.replace('\0', ""));
    let arguments = args![
        &outcome.host,
        positions.collect::<Vec<_>>(),
        seconds(state.failing_since),
        state.failures,
        error,
        seconds(state.last_success),
        seconds(state.next_attempt),
        state.clock_offset,
        outcome.is_last,
        seconds(outcome.lease),
    ];
    connection.run(&settle_sql(C::DIALECT), &arguments).await?;
    Ok(())
}

/// Removes the deliveries at positions ($2) to a host ($1), and stores its state if the lease with
/// that end ($10) stands, or without one.
pub(crate) fn settle_sql(dialect: Dialect) -> String {
    let settled = dialect.is_among_numbers("position", "$2");
    let delete = format!(
        "DELETE FROM outgoing WHERE {settled} \
         AND host = (SELECT pk FROM remote_hosts WHERE name = $1)"
    );
    let update = "UPDATE remote_hosts SET failing_since = $3, failures = $4, last_error = $5, \
                  last_success = $6, next_attempt = $7, clock_offset = $8, \
                  leased_until = CASE WHEN NOT $9 THEN leased_until END \
                  WHERE name = $1 AND ($10 IS NULL OR leased_until = $10)";
    match dialect {
        Dialect::Sqlite => format!("{delete}; {update}"),
        Dialect::Postgres => format!("WITH settled AS ({delete}) {update}"),
    }
}

fn seconds(time: Option<DateTime<Utc>>) -> Option<i64> {
    time.map(|time| time.timestamp())
}

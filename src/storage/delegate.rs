//! Delegation for stores that wrap another one.

/// Implements a trait by delegation to the store that method `$rest` returns. All its methods are
/// asynchronous, and return a [`Result`](super::Result).
macro_rules! delegate_trait {
    (
        [$($generics:tt)*] $store:ty, $rest:ident, $trait:path {
            $($method:ident($($argument:ident: $type:ty),*) -> $result:ty;)*
        }
    ) => {
        #[::async_trait::async_trait]
        impl<$($generics)*> $trait for $store {
            $(
                async fn $method(&self, $($argument: $type),*) -> $crate::storage::Result<$result> {
                    self.$rest().$method($($argument),*).await
                }
            )*
        }
    };
}

/// Implements all traits but those of objects, streams and accounts by delegation to the store that
/// method `$rest` returns.
macro_rules! delegate_storage {
    ([$($generics:tt)*] $store:ty, $rest:ident) => {
        const _: () = {
            use ::chrono::{DateTime, Utc};

            use $crate::{
                model::{
                    AccessToken, Authorization, BearerToken, Client, ClientIdentity, Code,
                    CodePurpose, Grant, HostBlock, HostLease, Job, Media, Nickname, Nonce,
                    OutgoingDelivery, RemoteAccount, RemoteCredential, RemoteHost, RequestToken,
                    SearchRequest, SiteRecord, SiteRecordKind, Uploaded, Viewer, WaitingHost,
                },
                storage::{
                    Codes, CredentialVersioning, Credentials, Files, Grants, Jobs, Remotes, Result,
                    Search, SiteRecords, delegate_trait,
                },
            };

            delegate_trait!([$($generics)*] $store, $rest, Credentials {
                find_client(id: &str) -> Option<Client>;
                list_clients() -> Vec<Client>;
                list_clients_of(identity: &ClientIdentity) -> Vec<Client>;
                find_access_token(token: &str) -> Option<AccessToken>;
                find_access_token_for(client: &str, user: &Nickname) -> Option<AccessToken>;
                find_request_token(token: &str) -> Option<RequestToken>;
                use_nonce(nonce: &Nonce<'_>) -> bool;
                delete_expired(timestamp: i64) -> ();
                forget_unused_clients(before: i64, proven_before: i64) -> ();
            });

            #[::async_trait::async_trait]
            impl<$($generics)*> CredentialVersioning for $store {
                fn credential_version(&self) -> Option<i64> {
                    self.$rest().credential_version()
                }

                async fn refresh_credential_version(&self) -> Result<()> {
                    self.$rest().refresh_credential_version().await
                }
            }

            delegate_trait!([$($generics)*] $store, $rest, Grants {
                find_authorization(digest: &str) -> Option<Authorization>;
                find_bearer_token(digest: &str) -> Option<BearerToken>;
                list_grants(user: &Nickname) -> Vec<Grant>;
            });

            delegate_trait!([$($generics)*] $store, $rest, Codes {
                find_code(digest: &str) -> Option<Code>;
                find_newest_code(user: &Nickname, purpose: CodePurpose) -> Option<Code>;
            });

            delegate_trait!([$($generics)*] $store, $rest, Jobs {
                list_due_jobs(queue: &str, now: DateTime<Utc>, count: u32) -> Vec<Job>;
                find_job(id: &str) -> Option<Job>;
            });

            delegate_trait!([$($generics)*] $store, $rest, SiteRecords {
                find_site_record(id: &str) -> Option<SiteRecord>;
                list_site_records(
                    kind: SiteRecordKind,
                    before: Option<&str>,
                    count: u32
                ) -> Vec<SiteRecord>;
            });

            delegate_trait!([$($generics)*] $store, $rest, Files {
                find_media(path: &str) -> Option<Media>;
                list_media_of(object: &str) -> Vec<Media>;
                uploaded(nickname: &Nickname) -> Uploaded;
                uploaded_by_all() -> Uploaded;
            });

            delegate_trait!([$($generics)*] $store, $rest, Remotes {
                find_remote_accounts(ids: &[&str]) -> Vec<Option<RemoteAccount>>;
                find_actors(urls: &[&str]) -> Vec<Option<RemoteAccount>>;
                list_remote_accounts(after: u64, count: u32) -> Vec<(u64, RemoteAccount)>;
                find_remote_host(name: &str) -> Option<RemoteHost>;
                find_remote_credential(host: &str, identity: &str) -> Option<RemoteCredential>;
                list_host_blocks() -> Vec<HostBlock>;
                lease_hosts(
                    now: DateTime<Utc>,
                    until: DateTime<Utc>,
                    hosts: u32,
                    deliveries: u32,
                    answering: bool
                ) -> Vec<HostLease>;
                list_waiting_hosts(after: &str, count: u32) -> Vec<WaitingHost>;
                list_outgoing_of(activity: &str, count: u32) -> Vec<OutgoingDelivery>;
            });

            delegate_trait!([$($generics)*] $store, $rest, Search {
                search(request: &SearchRequest, viewer: Viewer<'_>) -> Vec<String>;
                set_search_language(language: &str) -> ();
                index_older(count: u32) -> bool;
            });
        };
    };
}

pub(crate) use {delegate_storage, delegate_trait};

//! Delegation for stores that wrap another one.

/// Implements all traits but those of objects, streams and accounts by delegation to the store that
/// method `$rest` returns.
macro_rules! delegate_storage {
    ([$($generics:tt)*] $store:ty, $rest:ident) => {
        const _: () = {
            use ::async_trait::async_trait;
            use ::chrono::{DateTime, Utc};

            use $crate::{
                model::{
                    AccessToken, Authorization, BearerToken, Client, Code, Grant, Job, Media,
                    Nickname,
                    Nonce, CodePurpose, RequestToken, Uploaded,
                },
                storage::{Codes, Credentials, CredentialVersioning, Files, Grants, Jobs, Result},
            };

            #[async_trait]
            impl<$($generics)*> Credentials for $store {
                async fn find_client(&self, id: &str) -> Result<Option<Client>> {
                    self.$rest().find_client(id).await
                }

                async fn list_clients(&self) -> Result<Vec<Client>> {
                    self.$rest().list_clients().await
                }

                async fn find_access_token(&self, token: &str) -> Result<Option<AccessToken>> {
                    self.$rest().find_access_token(token).await
                }

                async fn find_access_token_for(
                    &self,
                    client: &str,
                    user: &Nickname,
                ) -> Result<Option<AccessToken>> {
                    self.$rest().find_access_token_for(client, user).await
                }

                async fn find_request_token(&self, token: &str) -> Result<Option<RequestToken>> {
                    self.$rest().find_request_token(token).await
                }

                async fn use_nonce(&self, nonce: &Nonce<'_>) -> Result<bool> {
                    self.$rest().use_nonce(nonce).await
                }

                async fn delete_expired(&self, timestamp: i64) -> Result<()> {
                    self.$rest().delete_expired(timestamp).await
                }

                async fn forget_unused_clients(&self, before: i64) -> Result<()> {
                    self.$rest().forget_unused_clients(before).await
                }
            }

            #[async_trait]
            impl<$($generics)*> CredentialVersioning for $store {
                fn credential_version(&self) -> Option<i64> {
                    self.$rest().credential_version()
                }

                async fn refresh_credential_version(&self) -> Result<()> {
                    self.$rest().refresh_credential_version().await
                }
            }

            #[async_trait]
            impl<$($generics)*> Grants for $store {
                async fn find_authorization(&self, digest: &str) -> Result<Option<Authorization>> {
                    self.$rest().find_authorization(digest).await
                }

                async fn find_bearer_token(&self, digest: &str) -> Result<Option<BearerToken>> {
                    self.$rest().find_bearer_token(digest).await
                }

                async fn list_grants(&self, user: &Nickname) -> Result<Vec<Grant>> {
                    self.$rest().list_grants(user).await
                }
            }

            #[async_trait]
            impl<$($generics)*> Codes for $store {
                async fn find_code(&self, digest: &str) -> Result<Option<Code>> {
                    self.$rest().find_code(digest).await
                }

                async fn find_newest_code(
                    &self,
                    user: &Nickname,
                    purpose: CodePurpose,
                ) -> Result<Option<Code>> {
                    self.$rest().find_newest_code(user, purpose).await
                }
            }

            #[async_trait]
            impl<$($generics)*> Jobs for $store {
                async fn list_due_jobs(
                    &self,
                    queue: &str,
                    now: DateTime<Utc>,
                    count: u32,
                ) -> Result<Vec<Job>> {
                    self.$rest().list_due_jobs(queue, now, count).await
                }

                async fn find_job(&self, id: &str) -> Result<Option<Job>> {
                    self.$rest().find_job(id).await
                }
            }

            #[async_trait]
            impl<$($generics)*> Files for $store {
                async fn find_media(&self, path: &str) -> Result<Option<Media>> {
                    self.$rest().find_media(path).await
                }

                async fn list_media_of(&self, object: &str) -> Result<Vec<Media>> {
                    self.$rest().list_media_of(object).await
                }

                async fn uploaded(&self, nickname: &Nickname) -> Result<Uploaded> {
                    self.$rest().uploaded(nickname).await
                }
            }
        };
    };
}

pub(crate) use delegate_storage;

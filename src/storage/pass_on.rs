//! Stores that stand before another one, and leave to it what is not their business.

/// Implements for a store all that is neither an object nor a stream nor an account, by passing it on to the one that its
/// method `$rest` gives.
macro_rules! pass_on {
    ([$($generics:tt)*] $store:ty, $rest:ident) => {
        const _: () = {
            use ::async_trait::async_trait;
            use ::chrono::{DateTime, Utc};

            use $crate::{
                model::{
                    AccessToken, Authorization, BearerToken, Client, Code, Grant, Job, Media, Nickname,
                    Nonce, Purpose, RequestToken, Uploaded,
                },
                storage::{Codes, Credentials, Epochs, Files, Grants, Jobs, Result},
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

                async fn forget_before(&self, timestamp: i64) -> Result<()> {
                    self.$rest().forget_before(timestamp).await
                }

                async fn forget_unused_clients(&self, before: i64) -> Result<()> {
                    self.$rest().forget_unused_clients(before).await
                }
            }

            #[async_trait]
            impl<$($generics)*> Epochs for $store {
                fn credentials_epoch(&self) -> Option<i64> {
                    self.$rest().credentials_epoch()
                }

                async fn look_at_credentials(&self) -> Result<()> {
                    self.$rest().look_at_credentials().await
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

                async fn find_newest_code(&self, user: &Nickname, purpose: Purpose) -> Result<Option<Code>> {
                    self.$rest().find_newest_code(user, purpose).await
                }
            }

            #[async_trait]
            impl<$($generics)*> Jobs for $store {
                async fn list_due_jobs(&self, queue: &str, now: DateTime<Utc>, count: u32) -> Result<Vec<Job>> {
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

pub(crate) use pass_on;

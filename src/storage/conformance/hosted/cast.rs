//! What the suite for hosts is played with.

use async_trait::async_trait;
use futures_util::future::BoxFuture;

use crate::{
    model::{Nickname, Object},
    storage::Storage,
};

/// What the suite needs of a host: things that it keeps, and looks into its tables.
#[async_trait]
pub trait Cast: Send + Sync {
    /// Puts someone of that name into the host's tables, as signing up there does, and gives the person as they are to be
    /// put.
    async fn newcomer(&self, nickname: &Nickname) -> Object;

    /// Things of that author which the host keeps, one of each kind, to be put; other ones for each number. Where they are
    /// texts, the properties that the host keeps of them can be any text.
    fn things(&self, author: &Object, number: usize) -> Vec<Object>;

    /// Which of the properties of a thing the host keeps.
    fn keeps(&self, thing: &Object) -> &'static [&'static str];

    /// How many rows there are in the host's tables of things, without those of people.
    async fn rows(&self) -> usize;

    /// Deletes the row of a thing, as the host may at any time.
    async fn lose(&self, thing: &Object);
}

/// One promise, to be tried on an empty store and the host that it is made of.
pub type HostedPromise = for<'a> fn(&'a dyn Storage, &'a dyn Cast) -> BoxFuture<'a, ()>;

/// Makes a module `$name` with a `#[test]` for every promise of a host. `$run` is called by each of them with
/// the [`HostedPromise`](crate::storage::conformance::hosted::HostedPromise) to try.
#[macro_export]
macro_rules! hosted_suite {
    ($name:ident, $run:expr) => {
        mod $name {
            #[allow(unused_imports, reason = "$run may name things of the outer module")]
            use super::*;
            $crate::hosted_suite! { @each $run;
                what_is_kept_comes_back_as_it_was_put
                what_is_kept_takes_any_text
                what_else_is_said_is_kept_for_the_host
                what_else_is_said_within_a_property_is_kept_for_the_host
                a_change_replaces_what_was_there
                a_refused_commit_leaves_no_row
                a_refused_change_leaves_the_row_as_it_was
                of_concurrent_changes_one_wins
                many_things_at_once_are_all_there
                a_tombstone_stays_and_the_row_goes
                what_the_host_deleted_is_a_tombstone
                pages_show_things_as_they_are_now
                relations_can_be_made_and_undone
            }
        }
    };
    (@each $run:expr; $($promise:ident)*) => {
        $(
            #[test]
            fn $promise() {
                let promise: $crate::storage::conformance::hosted::HostedPromise =
                    |store, cast| {
                        ::std::boxed::Box::pin(
                            $crate::storage::conformance::hosted::$promise(store, cast),
                        )
                    };
                ($run)(promise);
            }
        )*
    };
}

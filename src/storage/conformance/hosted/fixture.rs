//! Fixture of the suite for hosts.

use async_trait::async_trait;
use futures_util::future::BoxFuture;

use crate::{
    model::{Nickname, Object},
    storage::Storage,
};

/// Hooks that the suite needs of a host: objects that it stores, and access to its tables.
#[async_trait]
pub trait HostFixture: Send + Sync {
    /// Puts someone of that name into the host's tables, as signing up there does, and gives the
    /// person as they are to be put.
    async fn create_user(&self, nickname: &Nickname) -> Object;

    /// Things of that author which the host keeps, one of each kind, to be put; other ones for each
    /// number. Where they are texts, the properties that the host keeps of them can be any text.
    fn things(&self, author: &Object, number: usize) -> Vec<Object>;

    /// Which of the properties of a thing the host keeps.
    fn stored_properties(&self, thing: &Object) -> &'static [&'static str];

    /// How many rows there are in the host's tables of things, without those of people.
    async fn rows(&self) -> usize;

    /// Deletes the row of a thing, as the host may at any time.
    async fn delete_row(&self, thing: &Object);
}

/// One promise, to be tried on an empty store and the host that it is made of.
pub type HostedContractTest = for<'a> fn(&'a dyn Storage, &'a dyn HostFixture) -> BoxFuture<'a, ()>;

/// Makes a module `$name` with a `#[test]` for every promise of a host.
///
/// Each of them calls `$run` with the [`HostedContractTest`] to try.
///
/// [`HostedContractTest`]: crate::storage::conformance::hosted::HostedContractTest
#[macro_export]
macro_rules! hosted_suite {
    ($name:ident, $run:expr) => {
        mod $name {
            #[allow(unused_imports, reason = "$run may name things of the outer module")]
            use super::*;
            $crate::hosted_suite! { @each $run;
                host_properties_round_trip
                host_properties_take_any_text
                other_properties_are_stored_for_the_host
                other_members_of_a_host_property_are_stored
                a_change_replaces_what_was_there
                a_refused_commit_leaves_no_row
                a_refused_change_leaves_the_row_as_it_was
                concurrent_changes_succeed_once
                many_things_at_once_are_all_there
                a_tombstone_stays_and_the_row_goes
                object_without_row_is_a_tombstone
                pages_show_things_as_they_are_now
                relations_can_be_made_and_undone
            }
        }
    };
    (@each $run:expr; $($promise:ident)*) => {
        $(
            #[test]
            fn $promise() {
                let promise: $crate::storage::conformance::hosted::HostedContractTest =
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

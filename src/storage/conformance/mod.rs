//! The suite that every backend must pass: one function for one promise of the contract, in files
//! by subject. Each wants an empty store, and panics with a sentence that says what the backend did
//! wrong.
//!
//! A backend does not pick: [`conformance_suite!`](crate::conformance_suite) makes a test of every
//! promise there is.

#![allow(
    clippy::missing_panics_doc,
    reason = "a panic is how each of these says that a promise was broken"
)]

mod accounts;
mod change_tracking;
mod closing;
mod codes;
mod commits;
mod credential_versions;
mod credentials;
mod deletions;
mod delivery;
mod files;
mod filters;
mod fixtures;
mod grants;
mod history;
pub mod hosted;
mod jobs;
mod leases;
mod names;
mod nonces;
mod notifications;
mod objects;
mod outgoing;
mod paging;
mod pending;
mod previews;
mod remotes;
mod search;
mod searching;
mod site_records;
mod sizes;
mod streams;
mod unused_clients;
mod visibility;

use futures_util::future::BoxFuture;

#[doc(hidden)]
pub use self::{
    accounts::*, change_tracking::*, closing::*, codes::*, commits::*, credential_versions::*,
    credentials::*, deletions::*, delivery::*, files::*, filters::*, grants::*, history::*,
    jobs::*, leases::*, names::*, nonces::*, notifications::*, objects::*, outgoing::*, paging::*,
    pending::*, previews::*, remotes::*, search::*, searching::*, site_records::*, sizes::*,
    streams::*, unused_clients::*, visibility::*,
};
use super::Storage;

/// One promise, to be tried on an empty store.
pub type ContractTest = for<'a> fn(&'a dyn Storage) -> BoxFuture<'a, ()>;

/// Makes a module `$name` with a `#[test]` for every promise of the storage contract. `$run` is
/// called by each of them with the [`ContractTest`] to try: it makes an empty store and a runtime.
///
/// ```
/// fn run(test: hydraulics::storage::conformance::ContractTest) {
///     let runtime = tokio::runtime::Runtime::new().unwrap();
///     runtime.block_on(test(&hydraulics::storage::memory::Memory::new()));
/// }
///
/// hydraulics::conformance_suite!(memory, run);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! conformance_suite {
    ($name:ident, $run:expr) => {
        mod $name {
            #[allow(unused_imports, reason = "$run may name things of the outer module")]
            use super::*;
            $crate::conformance_promises!($run);
        }
    };
}

/// The list of all promises; a test of this module compares it with the functions there are.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_promises {
    ($run:expr) => {
        $crate::conformance_promises! { @each $run;
            accounts {
                an_account_comes_back_as_it_was_put
                accounts_are_found_by_person_in_the_order_asked
                accounts_without_a_confirmed_address_are_counted
                the_case_of_a_nickname_matters
                a_new_nickname_differs_from_others_in_more_than_case
                expectations_of_accounts_are_checked
                the_person_of_an_account_must_be_stored
                a_person_has_one_account
                an_account_goes_with_its_tokens_and_leaves_the_rest
            }
            closing {
                closing_finishes_what_is_under_way
                a_closed_store_answers_in_time
            }
            codes {
                a_code_comes_back_as_it_was_put
                the_newest_code_is_found
                a_code_is_used_once
                concurrent_uses_of_a_code_succeed_once
                codes_go_with_their_account_and_their_time
                codes_end_when_access_is_taken_away
            }
            commits {
                a_commit_that_fails_leaves_no_trace
                an_empty_commit_is_fine
                a_change_sees_the_changes_before_it
                concurrent_pushes_of_one_item_succeed_once
                concurrent_writes_to_one_version_succeed_once
                concurrent_writes_to_one_account_succeed_once
                concurrent_claims_of_a_nickname_succeed_once
                concurrent_pushes_all_arrive_and_are_counted
                posts_at_the_same_time_stand_by_themselves
                failing_neighbours_do_not_matter
            }
            credentials {
                a_client_comes_back_as_it_was_put
                clients_are_listed_oldest_first
                clients_of_an_identity_are_listed_oldest_first
                a_client_goes_with_its_tokens
                an_access_token_comes_back_as_it_was_put
                an_access_token_needs_its_client_and_account
                the_oldest_access_token_of_a_pair_is_found
                a_request_token_comes_back_as_it_was_put
                expectations_of_request_tokens_are_checked
                expired_request_tokens_are_forgotten
                clients_that_nobody_lets_in_are_forgotten
                a_client_in_use_stays_in_use
                proven_clients_that_are_not_seen_are_forgotten
            }
            delivery {
                accounts_get_what_is_delivered_once
                direct_recipient_also_in_audience_gets_it_as_direct
                members_of_streams_get_it
                recipients_without_an_account_are_passed_over
                redelivery_leaves_the_existing_entry_alone
                delivered_activity_must_be_stored
                changes_of_the_same_commit_count_for_delivery
                many_are_reached_at_once
                members_of_excepted_streams_get_nothing
            }
            deletions {
                objects_by_author_exclude_tombstones
                an_object_is_withdrawn_from_so_many_streams
                removed_object_is_not_counted
                removed_object_must_be_stored
            }
            files {
                a_file_comes_back_as_it_was_put
                a_path_is_taken_once
                the_object_of_a_file_must_be_stored
                the_files_of_an_object_are_listed_by_path
                the_bytes_of_an_accounts_files_are_counted
            }
            filters {
                filters_show_their_classes_only
                entries_without_a_class_pass_the_default_filter_only
                totals_are_what_listing_shows
                totals_are_right_where_much_is_private
            }
            previews {
                heads_answer_in_the_order_asked
                heads_of_things_are_their_own
                heads_look_at_the_newest_of_what_is_private
            }
            history {
                a_cursor_outlives_its_item
                a_removed_item_is_no_cursor_elsewhere
                who_could_read_is_remembered
            }
            jobs {
                a_job_comes_back_as_it_was_put
                a_job_is_found_by_its_id
                jobs_are_listed_when_they_are_due
                expectations_of_jobs_are_checked
                a_job_is_removed_as_it_was_taken
                concurrent_leases_of_a_job_succeed_once
                concurrent_inserts_of_a_job_succeed_once
            }
            site_records {
                a_record_comes_back_as_it_was_put
                records_are_listed_newest_first
                expectations_of_records_are_checked
            }
            names {
                a_name_is_free_or_taken
                of_concurrent_claims_of_a_name_one_wins
            }
            notifications {
                push_is_notified_once_readable
                delivery_is_notified_once_readable
                all_who_listen_are_told
            }
            credential_versions {
                a_change_of_credentials_moves_the_epoch
                a_look_at_credentials_never_sets_the_epoch_back
            }
            change_tracking {
                write_invalidates_its_buckets
                unrelated_write_keeps_buckets_valid
            }
            grants {
                an_authorization_comes_back_as_it_was_put
                a_bearer_token_comes_back_as_it_was_put
                grants_need_their_client_and_account
                the_tokens_of_a_code_are_revoked_with_it
                grants_are_listed_by_client_and_scope
                revocation_removes_only_matching_grants
                grants_go_with_client_and_account
                an_exchange_does_not_outlive_a_revocation
                expired_grants_are_forgotten
            }
            nonces {
                a_nonce_is_new_once
                every_part_of_a_nonce_counts
                concurrent_uses_of_a_nonce_are_new_once
                concurrent_nonces_are_each_new_once
                only_older_nonces_are_forgotten
                any_text_is_a_nonce
            }
            objects {
                an_object_comes_back_as_it_was_put
                objects_come_in_the_order_asked
                an_object_is_found_by_its_uuid
                versions_count_changes
                expectations_of_objects_are_checked
                a_replaced_object_keeps_nothing_of_the_old_one
                a_uuid_belongs_to_one_id
                the_uuid_of_an_object_never_changes
                persons_in_an_audience_must_be_stored
                any_text_survives
                any_number_survives
                long_ids_are_ids
            }
            paging {
                pages_backwards_lose_and_double_nothing
                pages_forwards_lose_and_double_nothing
                pages_by_offset_lose_and_double_nothing
                a_cursor_may_name_what_is_not_shown
                a_cursor_must_be_in_the_stream
                older_tells_whether_there_is_more
                a_page_of_nothing_has_a_total
                an_offset_beyond_the_end_shows_nothing
            }
            pending {
                what_is_pending_is_revoked_and_tokens_stay
            }
            remotes {
                remote_accounts_come_in_the_order_asked
                actors_are_found_by_their_urls
                remote_accounts_are_listed_by_place
                the_object_of_a_remote_account_must_be_stored
                a_host_is_stored_with_its_first_account
                a_host_that_is_put_keeps_its_delivery_state
                credentials_at_a_host_are_replaced_and_removed
                host_blocks_are_listed_by_name
            }
            outgoing {
                remote_recipients_are_enqueued_by_destination
                a_shared_inbox_gets_one_delivery
                members_are_those_before_a_delivery
                nothing_is_enqueued_for_the_host_it_came_from
                passing_on_is_for_remote_members_only
                nothing_is_enqueued_for_unreached_accounts
                an_enqueued_delivery_keeps_its_place
                a_commit_that_fails_enqueues_nothing
                many_remote_members_are_reached_at_once
                deliveries_are_dropped_by_host
                deliveries_outlive_what_is_deleted
                waiting_hosts_are_listed_by_name
            }
            leases {
                a_host_is_leased_until_a_time
                a_lease_has_the_oldest_deliveries
                one_destination_gets_a_part_of_a_lease
                of_concurrent_leases_one_gets_a_host
                hosts_are_leased_when_they_are_due
                failing_hosts_are_left_out_on_request
                a_settled_host_is_free_for_others
                a_worker_that_lost_its_lease_changes_no_state
                settling_ignores_what_does_not_wait
                many_hosts_are_settled_at_once
                leases_settled_side_by_side_end_by_themselves
            }
            search {
                posts_are_found_by_their_words_newest_first
                phrases_and_excluded_words_count
                posts_are_found_by_author_tag_type_and_day
                found_posts_are_those_that_the_viewer_may_read
                private_matches_hide_no_public_ones
                search_knows_the_state_of_now
                results_go_on_before_an_object
                actors_are_found_by_the_beginnings_of_their_names
                what_is_no_post_or_actor_is_not_found
                a_query_is_text_whatever_is_in_it
                a_store_says_when_all_is_indexed
            }
            searching {
                a_name_is_found_in_any_case_wherever_it_stands
                search_text_is_not_a_pattern
                search_results_are_paged_and_counted
                a_name_is_found_as_it_is_now
                only_the_newest_entries_are_searched
                only_the_beginning_of_a_name_is_searched
            }
            sizes {
                pages_that_end_early_lose_and_double_nothing
                objects_are_found_within_so_many_bytes
            }
            streams {
                a_stream_is_newest_first
                items_are_listed_in_batches_in_order_of_arrival
                a_stream_never_pushed_to_is_empty
                a_second_push_is_refused
                an_ignored_push_keeps_its_place
                removed_item_is_gone
                item_pushed_again_is_on_top
                a_cleared_stream_is_empty_and_usable
                pushed_item_must_be_stored
                streams_of_one_owner_are_apart
                contains_answers_in_the_order_asked
                a_stream_shows_objects_as_they_are_now
            }
            visibility {
                the_author_alone_reads_what_has_no_audience
                everyone_reads_what_is_public
                a_person_reads_what_is_addressed_to_it
                members_read_while_they_are_members
                everything_stored_is_readable_to_the_server
                streams_show_what_the_viewer_may_read
                a_change_of_audience_counts_at_once
                a_viewer_need_not_be_stored
            }
        }
    };
    (@each $run:expr; $($group:ident { $($test:ident)* })*) => {
        $($(
            #[test]
            fn $test() {
                let test: $crate::storage::conformance::ContractTest = |store| {
                    ::std::boxed::Box::pin(
                        $crate::storage::conformance::$test(store),
                    )
                };
                ($run)(test);
            }
        )*)*
    };
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    #[test]
    fn every_promise_is_in_a_list() {
        let lists = [include_str!("mod.rs"), include_str!("hosted/fixture.rs")];
        let listed: Vec<&str> = lists
            .iter()
            .flat_map(|list| list.lines())
            .map(str::trim)
            .collect();
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/storage/conformance");
        let mut promises = 0;
        let files = fs::read_dir(&here)
            .unwrap()
            .map(|file| file.unwrap().path());
        for file in files.chain([here.join("hosted/mod.rs")]) {
            if !file.is_file() || file.ends_with("fixtures.rs") {
                continue;
            }
            for line in fs::read_to_string(file).unwrap().lines() {
                if let Some(rest) = line.strip_prefix("pub async fn ") {
                    let name = rest.split('(').next().unwrap();
                    assert!(listed.contains(&name), "{name} is not listed");
                    promises += 1;
                }
            }
        }
        assert!(promises > 100, "{promises} promises were found");
    }
}

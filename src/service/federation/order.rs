//! Extent and order of the deliveries of a lease: one that is kept keeps later ones about the same
//! things.

use std::{collections::HashMap, sync::Arc};

use crate::{
    model::{Object, OutgoingDelivery},
    storage::MAX_LEASED_OF_DESTINATION,
};

/// Maximum deliveries of one lease.
pub(super) const MAX_DELIVERIES_PER_LEASE: u32 = 64;

/// Deliveries of a lease that wait on: the things that their activities are about. An activity may
/// take back or change what an earlier one did, so it must not arrive first.
#[derive(Default)]
pub(super) struct KeptDeliveries(Vec<(String, String)>);

impl KeptDeliveries {
    /// Adds a delivery that waits on.
    pub(super) fn add(&mut self, delivery: &OutgoingDelivery, activity: Option<&Arc<Object>>) {
        let things = activity.into_iter().flat_map(things_of);
        let kept = things.map(|thing| (thing, delivery.activity.clone()));
        self.0.extend(kept);
    }

    /// Whether a delivery has to wait for one that waits on. The same activity may go to others.
    pub(super) fn hold(&self, delivery: &OutgoingDelivery, activity: Option<&Arc<Object>>) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let things: Vec<String> = activity.into_iter().flat_map(things_of).collect();
        let mut kept = self.0.iter();
        kept.any(|(thing, activity)| *activity != delivery.activity && things.contains(thing))
    }
}

/// Object and target of an activity.
fn things_of(activity: &Arc<Object>) -> impl Iterator<Item = String> {
    let things = ["object", "target"].map(|name| activity.reference_property(name));
    things.into_iter().flatten().map(|thing| thing.id)
}

/// Whether more deliveries may wait for a host than these, which were leased.
pub(super) fn is_full(leased: &[OutgoingDelivery]) -> bool {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for delivery in leased {
        *counts.entry(delivery.account.destination()).or_default() += 1;
    }
    let most = counts.into_values().max().unwrap_or_default();
    leased.len() >= MAX_DELIVERIES_PER_LEASE as usize || most >= MAX_LEASED_OF_DESTINATION
}

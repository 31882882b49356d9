//! State of other hosts.

use super::*;

#[test]
fn new_actors_of_one_host_are_limited() {
    let peers = PeerState::default();
    let now = DateTime::UNIX_EPOCH;
    let admitted = (0..2 * MAX_NEW_ACTORS).filter(|_| peers.admit_actor("a", now).is_ok());
    assert_eq!(admitted.count(), MAX_NEW_ACTORS as usize);
    assert_eq!(peers.admit_actor("b", now), Ok(()));
    assert_eq!(peers.admit_actor("a", now + RATE_PERIOD), Ok(()));
}

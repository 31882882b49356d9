//! State of other hosts.

use super::*;

#[test]
fn new_actors_of_one_site_are_limited() {
    let peers = PeerState::default();
    let now = DateTime::UNIX_EPOCH;
    let host = |number: &u32| format!("h{number}.a.test");
    let admitted =
        (0..2 * MAX_NEW_ACTORS).filter(|number| peers.admit_actor(&host(number), now).is_ok());
    assert_eq!(admitted.count(), MAX_NEW_ACTORS as usize);
    assert_eq!(peers.admit_actor("b.test", now), Ok(()));
    assert_eq!(peers.admit_actor("a.test", now + RATE_PERIOD), Ok(()));
}

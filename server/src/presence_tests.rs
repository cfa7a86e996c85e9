use super::*;
use wedsync_domain::Role;
use wedsync_protocol::PRESENCE_RENEW_MS;

const NOON: u64 = 1_800_000_000_000;

fn id(s: &str) -> Id {
    s.parse().unwrap()
}

fn who(user: &str) -> Who {
    let actor = Actor { user: id(user), role: Role::Helper, helper: None };
    Who { actor, name: user.to_uppercase(), device: None }
}

fn at(event: &str, field: Option<&str>) -> Vec<PresenceState> {
    let field = field.map(str::to_owned);
    vec![PresenceState { event: id(event), assignment: Some(id("a1")), field, cursor: None }]
}

/// Peers that a batch tells of, and whether they are here.
fn told(batch: Option<Batch>) -> Vec<(u64, bool)> {
    batch.map_or(vec![], |batch| batch.peers.into_iter().map(|(id, peer)| (id, peer.is_some())).collect())
}

#[test]
fn the_first_change_is_told_at_once_and_those_that_follow_together() {
    let mut presence = Presence::default();
    presence.show(1, &who("anna"), at("e", None), NOON);
    let batch = presence.batch(NOON).unwrap();
    let anna = batch.peers[&1].clone().unwrap();
    assert_eq!((anna.user.as_str(), anna.name.as_str(), anna.at_ms), ("anna", "ANNA", NOON));
    for (ms, field) in [(1, "title"), (30, "place"), (99, "start")] {
        presence.show(1, &who("anna"), at("e", Some(field)), NOON + ms);
        assert_eq!(presence.batch(NOON + ms), None);
    }
    assert_eq!(presence.wait_ms(), Some(1));
    let batch = presence.batch(NOON + 100).unwrap();
    assert_eq!(batch.peers[&1].as_ref().unwrap().states, at("e", Some("start")), "the latest");
    assert_eq!(presence.batch(NOON + 200), None);
}

#[test]
fn a_hundred_people_who_only_look_are_told_nothing() {
    let mut presence = Presence::default();
    for session in 0..100 {
        presence.show(session, &who(&format!("u{session}")), at("e", None), NOON + session);
    }
    let first = presence.batch(NOON + 100).unwrap();
    assert_eq!(first.peers.len(), 100, "one frame for each reader");
    let mut frames = 0;
    for second in 1..=600 {
        for session in (0..100).filter(|session| (second + session) % (PRESENCE_RENEW_MS / 1000) == 0) {
            presence.show(session, &who(&format!("u{session}")), at("e", None), NOON + 1000 * second);
        }
        frames += usize::from(presence.batch(NOON + 1000 * second).is_some());
    }
    assert_eq!(frames, 0, "in ten minutes of renewals");
}

#[test]
fn a_hundred_people_who_type_are_ten_frames_a_second_to_a_reader() {
    let mut presence = Presence::default();
    let mut frames = 0;
    for ms in 0..1000 {
        let field = format!("f{ms}");
        presence.show(ms % 100, &who(&format!("u{}", ms % 100)), at("e", Some(&field)), NOON + ms);
        frames += usize::from(presence.batch(NOON + ms).is_some());
    }
    assert_eq!(frames, 10);
}

#[test]
fn who_is_not_heard_of_for_thirty_seconds_is_gone_and_was_last_seen_then() {
    let mut presence = Presence::default();
    presence.show(1, &who("anna"), at("e", None), NOON);
    presence.show(2, &who("ben"), at("e", None), NOON);
    presence.batch(NOON);
    presence.show(2, &who("ben"), at("e", None), NOON + 15_000);
    assert_eq!(presence.wait_ms(), Some(15_000));
    assert_eq!(presence.batch(NOON + 29_999), None);
    let batch = presence.batch(NOON + 30_000).unwrap();
    assert_eq!(batch.peers.keys().collect::<Vec<_>>(), [&1]);
    let seen = &batch.left[&(id("e"), id("anna"))];
    assert_eq!((seen.name.as_str(), seen.at_ms), ("ANNA", NOON));
    assert_eq!(told(presence.batch(NOON + 45_000)), [(2, false)]);
    // Back again, they are not somebody who left.
    presence.show(1, &who("anna"), at("e", None), NOON + 50_000);
    let all = presence.all();
    assert_eq!(all.peers.len(), 1);
    assert_eq!(all.left.keys().map(|(_, user)| user.as_str()).collect::<Vec<_>>(), ["ben"]);
}

#[test]
fn a_clock_that_goes_back_neither_keeps_nor_ends_anybody() {
    let mut presence = Presence::default();
    presence.show(1, &who("anna"), at("e", None), NOON);
    presence.batch(NOON);
    let back = NOON - 3_600_000;
    assert_eq!(presence.batch(back), None);
    presence.show(1, &who("anna"), at("f", None), back + 1_000);
    assert_eq!(told(presence.batch(back + 1_000)), [(1, true)]);
    assert_eq!(presence.batch(back + 30_999), None);
    assert_eq!(told(presence.batch(back + 31_000)), [(1, false)], "30 seconds of the clock as it runs now");
}

#[test]
fn a_person_with_two_devices_left_when_the_last_is_gone() {
    let mut presence = Presence::default();
    presence.show(1, &who("anna"), at("e", None), NOON);
    presence.show(2, &who("anna"), [at("e", None), at("f", None)].concat(), NOON);
    presence.batch(NOON);
    presence.leave(1, NOON + 1_000);
    let batch = presence.batch(NOON + 1_000).unwrap();
    assert_eq!((batch.peers[&1].is_none(), batch.left.len()), (true, 0), "her other device is here");
    presence.show(2, &who("anna"), at("f", None), NOON + 2_000);
    let batch = presence.batch(NOON + 2_000).unwrap();
    assert_eq!(batch.left.keys().collect::<Vec<_>>(), [&(id("e"), id("anna"))]);
    presence.show(2, &who("anna"), vec![], NOON + 3_000);
    assert_eq!(told(presence.batch(NOON + 3_000)), [(2, false)], "nothing to look at is not here");
}

#[test]
fn a_new_name_or_role_is_told_and_a_slow_reader_keeps_the_latest_of_each() {
    let mut presence = Presence::default();
    presence.show(1, &who("anna"), at("e", None), NOON);
    let mut waiting = presence.batch(NOON).unwrap();
    let anne = Who { name: "Anne".into(), ..who("anna") };
    presence.rename(1, &anne, NOON + 100);
    presence.rename(2, &who("nobody"), NOON + 100);
    waiting.add(&presence.batch(NOON + 100).unwrap());
    presence.rename(1, &anne, NOON + 200);
    assert_eq!(presence.batch(NOON + 200), None, "she is called that already");
    assert_eq!(waiting.peers.len(), 1);
    assert_eq!(waiting.peers[&1].as_ref().unwrap().name, "Anne");
    presence.leave(1, NOON + 300);
    waiting.add(&presence.batch(NOON + 300).unwrap());
    assert_eq!(told(Some(waiting)), [(1, false)]);
}

#[test]
fn it_is_remembered_for_a_day_and_of_so_many_when_they_left() {
    let mut presence = Presence::default();
    for n in 0..LAST_SEEN_MAX as u64 + 5 {
        presence.show(n, &who(&format!("u{n}")), at("e", None), NOON + n);
        presence.leave(n, NOON + n);
    }
    let all = presence.all();
    assert_eq!((all.peers.len(), all.left.len()), (0, LAST_SEEN_MAX));
    assert!(!all.left.contains_key(&(id("e"), id("u4"))), "the oldest are forgotten");
    presence.show(1, &who("anna"), at("e", None), NOON + LAST_SEEN_MS + 10_000);
    presence.leave(1, NOON + LAST_SEEN_MS + 10_000);
    assert_eq!(presence.all().left.len(), 1);
}

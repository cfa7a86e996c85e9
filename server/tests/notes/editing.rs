//! Two editors and people whose roles change: the hub holds the merge of what it accepted, and nothing else.

use super::support::*;
use wedsync_domain::{RefusalCode, Role};
use wedsync_hub::store::MemoryStore;
use wedsync_protocol::Frame;
use yrs::types::Attrs;
use yrs::{Any, Text};

/// xorshift64*: a seed tells the whole story.
pub struct Rng(pub u64);

impl Rng {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n.max(1)
    }
}

const WORDS: &[&str] = &["a", "Leiter ", "🪜", "👩‍👩‍👧", "שלום", "مرحبا ", "e\u{301}", "\n", "0123456789"];
const MARKS: &[&str] = &["bold", "italic", "link"];

/// One device: what it shows, and in which lineage it writes.
struct Device {
    user: &'static str,
    shown: Editor,
    lineage: u64,
    lineages: u64,
}

impl Device {
    fn new(user: &'static str, first: u64) -> Device {
        Device { user, shown: Editor::new(first), lineage: first, lineages: 1 }
    }

    /// As the provider does after a refusal: a fresh document with what the hub has, in a new lineage.
    fn reset(&mut self, canonical: &[u8]) {
        self.lineage += 1;
        self.lineages += 1;
        self.shown = Editor::new(self.lineage);
        self.shown.take(canonical);
    }

    fn edit(&mut self, rng: &mut Rng) -> Vec<u8> {
        let boundaries: Vec<u32> = {
            let mut at = 0;
            let text = self.shown.text();
            let ends = text.chars().map(|c| {
                at += c.len_utf16() as u32;
                at
            });
            std::iter::once(0).chain(ends).collect()
        };
        let (from, to) = (rng.below(boundaries.len()), rng.below(boundaries.len()));
        let (from, to) = (boundaries[from.min(to)], boundaries[from.max(to)]);
        let word = WORDS[rng.below(WORDS.len())];
        match rng.below(8) {
            0 | 1 if to > from => self.shown.delete(from, (to - from).min(12)),
            2 | 3 if to > from => {
                let mark = MARKS[rng.below(MARKS.len())];
                let value = match mark {
                    "link" => Any::from_json(r#"{"href":"https://example.org"}"#).unwrap(),
                    _ => [Any::from_json("{}").unwrap(), Any::Null][rng.below(2)].clone(),
                };
                let attrs = Attrs::from([(mark.into(), value)]);
                self.shown.change(|text, txn| text.format(txn, from, (to - from).min(9), attrs))
            }
            _ => self.shown.insert(from, word),
        }
    }
}

/// State vector without what is not there, and delete set.
fn same(a: &Editor, b: &Editor) -> bool {
    a.state() == b.state() && a.text() == b.text()
}

fn run(seed: u64) {
    let mut rng = Rng(seed);
    let mut hub = Hub::new(MemoryStore::default());
    let mut devices = [Device::new("anna", 1_000), Device::new("ben", 2_000)];
    let accepted = Editor::new(1);
    let (mut stored, mut closed, mut forbidden) = (0, 0, 0);
    // Edits on their way, in order, with the device that sent them.
    let mut under_way: Vec<(usize, Vec<u8>, u64)> = Vec::new();
    let mut viewer = false;
    for step in 0..120 {
        match rng.below(12) {
            0 => {
                viewer = !viewer;
                hub.set_role("anna", if viewer { Role::Viewer } else { Role::Helper });
            }
            1 => hub.restart(),
            2..=6 => {
                let who = rng.below(2);
                let update = devices[who].edit(&mut rng);
                under_way.push((who, update, devices[who].lineage));
            }
            _ if !under_way.is_empty() => {
                let (who, update, lineage) = under_way.remove(0);
                let user = devices[who].user;
                match hub.send(user, &update) {
                    Frame::Ack(_) => {
                        stored += 1;
                        assert!(!(user == "anna" && viewer), "seed {seed} step {step}");
                        accepted.take(&update);
                    }
                    Frame::Nack(nack) => {
                        let closing = nack.refusal.code == RefusalCode::LineageClosed;
                        assert!(closing || (user == "anna" && viewer), "seed {seed} step {step}: {nack:?}");
                        closed += u32::from(closing);
                        forbidden += u32::from(!closing);
                        if lineage == devices[who].lineage {
                            let canonical = hub.whole("olga");
                            devices[who].reset(&canonical);
                        }
                    }
                    other => panic!("{other:?}"),
                }
            }
            _ => {
                // The others' edits arrive, all of them so far.
                let who = rng.below(2);
                devices[who].shown.take(&hub.whole("olga"));
            }
        }
        let canonical = Editor::from(&hub.whole("vera"));
        assert!(
            same(&canonical, &accepted),
            "seed {seed} step {step}: {:?} {:?}",
            canonical.text(),
            accepted.text()
        );
    }
    let follower = Editor::new(2);
    hub.fanned_out().iter().for_each(|bytes| follower.take(bytes));
    assert!(same(&follower, &accepted), "seed {seed}");
    hub.restart();
    assert!(same(&Editor::from(&hub.whole("vera")), &accepted), "seed {seed}");
    // Who was never refused holds what the hub holds, once everything has arrived.
    devices[1].shown.take(&hub.whole("olga"));
    if devices[1].lineages == 1 && under_way.is_empty() {
        assert!(same(&devices[1].shown, &accepted), "seed {seed}");
    }
    SEEN.with_borrow_mut(|seen| {
        for (sum, n) in seen.iter_mut().zip([stored, closed, forbidden]) {
            *sum += n;
        }
    });
}

thread_local! {
    static SEEN: std::cell::RefCell<[u32; 3]> = const { std::cell::RefCell::new([0; 3]) };
}

#[test]
fn the_hub_holds_the_merge_of_what_it_accepted() {
    for seed in 1..=40 {
        run(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
    }
    let seen = SEEN.with_borrow(|seen| *seen);
    assert!(seen[0] > 800 && seen[1] > 20 && seen[2] > 20, "each kind of answer came: {seen:?}");
}

//! What people and misfortune do.

use wedsync_core::engine::Mode;
use wedsync_core::engine::event::{Event, Hint};
use wedsync_domain::Role;
use wedsync_domain::ids::Uuid;

use crate::world::World;

const EVENTS: [&str; 3] = ["e1", "e2", "e3"];
const SHIFTS: [&str; 5] = ["s1", "s2", "s3", "s4", "s5"];
const HELPERS: [&str; 3] = ["hanna-h", "hugo-h", "nobody-h"];
const MINUTE: u64 = 60_000;

impl World {
    /// A small plan that all seeds start from.
    pub fn plan(&mut self) {
        self.run_for(2_000);
        for helper in HELPERS {
            self.submit(
                0,
                format!(r#"{{"type":"add_helper","helper":"{helper}","fields":{{"name":"{helper}"}}}}"#),
            );
        }
        for event in EVENTS {
            self.submit(
                0,
                format!(
                    r#"{{"type":"create_event","event":"{event}","fields":{{"title":"{event}","first_day":"2026-07-15","last_day":"2026-07-16","zone":"Europe/London"}}}}"#
                ),
            );
            for shift in &SHIFTS[..3] {
                self.submit(0, create_shift(event, shift));
            }
        }
        self.run_for(5_000);
    }

    fn submit(&mut self, tab: usize, command: String) {
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.rng.word().to_be_bytes());
        let uuid = Uuid::v7(self.now, random);
        self.tabs[tab].submitted += 1;
        let request = self.tabs[tab].submitted;
        self.deliver(tab, Event::Submit { request, uuid, command: command.into_bytes() });
    }

    /// One step: somebody does something, or something goes wrong, and some time passes.
    pub fn act(&mut self) {
        let browser = self.rng.below(self.browsers.len());
        let living = self.living(browser);
        let tab = (!living.is_empty()).then(|| *self.rng.pick(&living));
        match (self.rng.below(100), tab) {
            (0..60, Some(tab)) => {
                for _ in 0..=self.rng.below(3) {
                    let command = self.command();
                    self.submit(tab, command);
                }
            }
            (60..64, Some(tab)) => self.fault(|w| w.kill_tab(tab)),
            (64..68, Some(tab)) if !self.tabs[tab].frozen => self.fault(|w| w.tabs[tab].frozen = true),
            (64..70, Some(tab)) if self.tabs[tab].frozen => {
                self.thaw(tab);
                self.deliver(tab, Event::Hint(Hint::Resumed));
            }
            (70..73, Some(tab)) => {
                let visible = !self.tabs[tab].visible;
                self.tabs[tab].visible = visible;
                let hint = if visible { Hint::Visible } else { Hint::Hidden };
                self.deliver(tab, Event::Hint(hint));
            }
            (73..77, _) if living.len() < 3 => {
                let mode = if self.rng.one_in(3) { Mode::Worker } else { Mode::Page };
                self.open_tab(browser, mode);
            }
            (77..79, _) => self.fault(|w| {
                for tab in w.living(browser) {
                    w.kill_tab(tab);
                }
            }),
            (79..84, _) => self.fault(|w| w.toggle_network(browser)),
            (84..86, _) => self.fault(|w| w.browsers[browser].websockets = !w.browsers[browser].websockets),
            (86..88, _) => self.fault(World::hub_dies),
            (88..90, _) => {
                let role = *self.rng.pick(&[Role::Viewer, Role::Helper, Role::Coordinator]);
                let user = *self.rng.pick(&["carl", "hanna", "hugo"]);
                self.set_role(user, role);
            }
            (90..92, _) => self.fault(|w| {
                let days = w.rng.below(7) as i64 - 3;
                w.browsers[browser].clock_ms = days * 24 * 60 * MINUTE as i64;
            }),
            (92, _) if self.browsers.len() < 8 => self.fault(|w| w.clone_device(browser)),
            (93, _) if browser != 0 => self.fault(|w| w.wipe(browser)),
            (94, Some(tab)) => {
                let refused: Vec<Uuid> = {
                    let receipts = self.tabs[tab].engine.outbox().receipts();
                    receipts.filter(|r| r.is_refused()).map(|r| r.row.uuid).collect()
                };
                self.deliver(tab, Event::Dismiss(refused));
            }
            (95, _) => self.run_for(10 * MINUTE),
            (96, Some(tab)) => self.deliver(tab, Event::SyncNow),
            _ => {}
        }
        let pause = self.rng.delay(2_000);
        self.run_for(pause);
    }

    fn fault(&mut self, happen: impl FnOnce(&mut World)) {
        self.faults += 1;
        happen(self);
    }

    fn toggle_network(&mut self, browser: usize) {
        let online = !self.browsers[browser].online;
        self.browsers[browser].online = online;
        for tab in self.living(browser) {
            if let (false, Some(connection)) = (online, self.tabs[tab].connection) {
                let silently = self.rng.one_in(2);
                self.cut(connection, silently);
            }
            let hint = if online { Hint::Online } else { Hint::Offline };
            self.deliver(tab, Event::Hint(hint));
        }
    }

    /// The device's profile is copied, as a backup that is restored on a second device is.
    fn clone_device(&mut self, browser: usize) {
        let (user, store) = (self.browsers[browser].user, self.browsers[browser].store.duplicate());
        let clone = self.add_browser(user, store);
        self.open_tab(clone, Mode::Page);
    }

    /// The browser is closed and its storage evicted.
    fn wipe(&mut self, browser: usize) {
        for tab in self.living(browser) {
            self.kill_tab(tab);
        }
        self.browsers[browser].store = wedsync_core::ports::memory::MemoryStore::default();
        self.oracle.wiped.insert(browser);
        self.open_tab(browser, Mode::Page);
    }

    fn command(&mut self) -> String {
        let event = *self.rng.pick(&EVENTS);
        let shift = *self.rng.pick(&SHIFTS);
        let helper = *self.rng.pick(&HELPERS);
        let word = self.rng.below(50);
        let on = format!(r#""event":"{event}","assignment":"{shift}""#);
        let other = *self.rng.pick(&SHIFTS);
        match self.rng.below(14) {
            0 => create_shift(event, shift),
            1 | 2 => format!(r#"{{"type":"update_assignment",{on},"set":{{"title":"T{word}"}}}}"#),
            3 => format!(r#"{{"type":"update_assignment",{on},"set":{{"note":"n{word}","helpers_max":2}}}}"#),
            4 => format!(
                r#"{{"type":"move_assignment",{on},"set":{{"start":"2026-07-15T{:02}:00","end":"2026-07-15T23:00"}}}}"#,
                word % 20
            ),
            5 | 6 => format!(r#"{{"type":"claim",{on}}}"#),
            7 => format!(r#"{{"type":"assign",{on},"helper":"{helper}"}}"#),
            8 => format!(r#"{{"type":"unassign",{on},"helper":"{helper}"}}"#),
            9 => format!(
                r#"{{"type":"reassign","event":"{event}","from":"{shift}","to":"{other}","helper":"{helper}"}}"#
            ),
            10 => format!(r#"{{"type":"decline",{on},"helper":"{helper}"}}"#),
            11 => format!(r#"{{"type":"cancel_assignment",{on},"cancelled":{}}}"#, word.is_multiple_of(2)),
            12 => format!(r#"{{"type":"update_contact","helper":"{helper}","set":{{"phone":"{word}"}}}}"#),
            _ => format!(r#"{{"type":"update_helper","helper":"{helper}","set":{{"name":"N{word}"}}}}"#),
        }
    }
}

fn create_shift(event: &str, shift: &str) -> String {
    format!(
        r#"{{"type":"create_assignment","event":"{event}","assignment":"{shift}","fields":{{"title":"{shift}","start":"2026-07-15T18:00","end":"2026-07-15T23:00"}}}}"#
    )
}

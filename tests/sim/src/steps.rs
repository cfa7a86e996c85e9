//! One step of a case: somebody does something, or something goes wrong, and some time passes.

use wedsync_core::engine::Mode;
use wedsync_core::engine::event::{Event, Hint};
use wedsync_domain::Role;
use wedsync_domain::ids::Uuid;

use crate::case::Fault;
use crate::rng::Rng;
use crate::world::World;

const MINUTE: u64 = 60_000;
/// Copies of devices are made until there are so many.
const BROWSERS_MAX: usize = 8;

impl World {
    pub fn step(&mut self, step: usize) {
        self.dice = Rng::of_step(self.case.seed, step);
        if !self.case.skipped.contains(&step) {
            self.act();
        }
        let pause = self.dice.delay(2_000);
        self.run_for(pause);
    }

    fn act(&mut self) {
        let browser = self.dice.below(self.browsers.len());
        let living = self.living(browser);
        let tab = (!living.is_empty()).then(|| *self.dice.pick(&living));
        match (self.dice.below(100), tab) {
            (0..8, Some(tab)) => self.write_note(tab),
            (8..56, Some(tab)) => {
                for _ in 0..=self.dice.below(3) {
                    let undo = if self.dice.one_in(6) { self.undo(tab) } else { None };
                    let command = undo.unwrap_or_else(|| self.command());
                    self.submit(tab, command);
                }
            }
            (56..60, Some(tab)) => self.fault(Fault::TabKilled, |w| w.kill_tab(tab)),
            (60..65, Some(tab)) if !self.tabs[tab].frozen => {
                let deaf = self.dice.one_in(2);
                self.fault(Fault::TabFrozen, |w| (w.tabs[tab].frozen, w.tabs[tab].deaf) = (true, deaf));
            }
            (60..67, Some(tab)) if self.tabs[tab].frozen => {
                self.thaw(tab);
                self.deliver(tab, Event::Hint(Hint::Resumed));
            }
            (67..70, Some(tab)) => {
                let visible = !self.tabs[tab].visible;
                self.tabs[tab].visible = visible;
                self.deliver(tab, Event::Hint(if visible { Hint::Visible } else { Hint::Hidden }));
            }
            (70..74, _) if living.len() < 3 => {
                let mode = if self.dice.one_in(3) { Mode::Worker } else { Mode::Page };
                self.open_tab(browser, mode);
                // Two at once, as a restored session opens them.
                if self.dice.one_in(4) {
                    self.open_tab(browser, Mode::Page);
                }
            }
            (74, _) => self.fault(Fault::BrowserKilled, |w| w.kill_browser(browser, false)),
            (75, _) => self.fault(Fault::PowerCut, |w| w.kill_browser(browser, true)),
            (76..80, _) => self.fault(Fault::Offline, |w| w.toggle_network(browser)),
            (80..82, _) => self.fault(Fault::Blocked, |w| {
                w.browsers[browser].websockets = !w.browsers[browser].websockets;
            }),
            (82, _) => self.fault(Fault::HubKilled, World::hub_dies),
            (83..85, _) => {
                let role = *self.dice.pick(&[Role::Viewer, Role::Helper, Role::Coordinator]);
                let user = *self.dice.pick(&["carl", "hanna", "hugo"]);
                self.fault(Fault::Role, |w| w.set_role(user, role));
            }
            (85, _) if browser != 0 => {
                let person = self.dice.one_in(2);
                self.fault(Fault::Revoked, |w| w.revoke(browser, person));
            }
            (86, _) => self.let_everybody_in(),
            (87, _) => {
                let days = self.dice.below(7) as i64 - 3;
                self.fault(Fault::Clock, |w| w.browsers[browser].clock_ms = days * 24 * 60 * MINUTE as i64);
            }
            (88, _) if self.browsers.len() < BROWSERS_MAX => {
                self.fault(Fault::Cloned, |w| w.clone_browser(browser));
            }
            (89, _) if browser != 0 => {
                let open = self.dice.one_in(2);
                let kind = if open { Fault::Deleted } else { Fault::Evicted };
                self.fault(kind, |w| w.wipe(browser, open));
            }
            (90..92, Some(tab)) => {
                let refused: Vec<Uuid> = {
                    let receipts = self.tabs[tab].engine.outbox().receipts();
                    receipts.filter(|r| r.is_refused()).map(|r| r.row.uuid).collect()
                };
                self.deliver(tab, Event::Dismiss(refused));
            }
            (92, _) => self.run_for(10 * MINUTE),
            (93, Some(tab)) => self.deliver(tab, Event::SyncNow),
            (95, _) => self.back_up(),
            (97..99, _) => self.stock_editor_writes(),
            (96, _) if self.dice.one_in(2) => {
                let send_again = !self.dice.one_in(4);
                self.fault(Fault::Restored, |w| w.restore(send_again));
            }
            (94, _) if self.dice.one_in(6) => {
                self.fault(Fault::NewerSchema, |w| w.newer_hub_writes("event/e3"))
            }
            _ => {}
        }
    }

    fn fault(&mut self, fault: Fault, happen: impl FnOnce(&mut World)) {
        if !self.case.without.contains(&fault) {
            self.faults += 1;
            happen(self);
        }
    }
}

//! Seven days without a network: a device queues thousands of edits, and is killed now and then.

use wedsync_core::engine::Mode;
use wedsync_core::ports::memory::MemoryStore;

use crate::case::Fault;
use crate::people::SHIFTS;
use crate::rng::Rng;
use crate::world::World;

const WEEK_MS: u64 = 7 * 24 * 60 * 60 * 1000;

impl World {
    /// Ends with all of them waiting, and the network back.
    pub fn week(&mut self, edits: usize) {
        let browser = self.add_browser("carl", MemoryStore::pausing());
        self.open_tab(browser, Mode::Page);
        self.run_for(5_000);
        self.toggle_network(browser);
        let mut made = 0;
        while self.waiting(browser) < edits && made < 2 * edits {
            self.dice = Rng::of_step(!self.case.seed, made);
            made += 1;
            if self.strikes(Fault::BrowserKilled, 1_000) {
                self.kill_browser(browser, false);
            }
            if self.strikes(Fault::PowerCut, 1_000) {
                self.kill_browser(browser, true);
            }
            if self.living(browser).is_empty() {
                self.open_tab(browser, Mode::Page);
                self.run_for(2_000);
            }
            let tab = self.living(browser)[0];
            let (event, shift) = (*self.dice.pick(&["e1", "e2"]), *self.dice.pick(&SHIFTS[..3]));
            let command = format!(
                r#"{{"type":"update_assignment","event":"{event}","assignment":"{shift}","set":{{"title":"T{made}"}}}}"#
            );
            self.submit(tab, command);
            self.run_for(WEEK_MS / edits as u64);
            if self.oracle.has_failed() {
                return;
            }
        }
        if self.waiting(browser) < edits {
            self.oracle.fail(format!("only {} edits of a week wait", self.waiting(browser)));
        }
        self.toggle_network(browser);
    }

    fn waiting(&self, browser: usize) -> usize {
        self.living(browser).iter().map(|tab| self.tabs[*tab].engine.waiting()).max().unwrap_or(0)
    }
}

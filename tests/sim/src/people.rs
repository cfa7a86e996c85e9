//! What people do.

use wedsync_core::engine::event::Event;
use wedsync_domain::ids::Uuid;

use crate::world::World;

pub const EVENTS: [&str; 4] = ["e1", "e2", "e3", "e4"];
pub const SHIFTS: [&str; 5] = ["s1", "s2", "s3", "s4", "s5"];
const HELPERS: [&str; 3] = ["hanna-h", "hugo-h", "nobody-h"];

impl World {
    /// A small plan that all seeds start from.
    pub fn plan(&mut self) {
        self.run_for(2_000);
        for helper in HELPERS {
            let name =
                format!(r#"{{"type":"add_helper","helper":"{helper}","fields":{{"name":"{helper}"}}}}"#);
            self.submit(0, name);
        }
        for event in &EVENTS[..3] {
            self.submit(0, create_event(event));
            for shift in &SHIFTS[..3] {
                self.submit(0, create_shift(event, shift));
            }
        }
        self.run_for(5_000);
    }

    pub fn uuid(&mut self) -> Uuid {
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.dice.word().to_be_bytes());
        Uuid::v7(self.now, random)
    }

    pub fn submit(&mut self, tab: usize, command: String) {
        let uuid = self.uuid();
        self.submit_as(tab, uuid, command);
    }

    pub fn submit_as(&mut self, tab: usize, uuid: Uuid, command: String) {
        self.tabs[tab].submitted += 1;
        let request = self.tabs[tab].submitted;
        self.deliver(tab, Event::Submit { request, uuid, command: command.into_bytes() });
    }

    /// What this tab offers to take back, or to do again.
    pub fn undo(&mut self, tab: usize) -> Option<String> {
        let offered = self.tabs[tab].engine.undoable();
        let edit = if self.dice.one_in(3) { offered.redo.or(offered.undo) } else { offered.undo };
        let also_changed = self.dice.one_in(4);
        let (uuid, _) = edit?;
        Some(format!(r#"{{"type":"undo","mutation":"{uuid}","also_changed":{also_changed}}}"#))
    }

    pub fn command(&mut self) -> String {
        let event = *self.dice.pick(&EVENTS);
        let shift = *self.dice.pick(&SHIFTS);
        let helper = *self.dice.pick(&HELPERS);
        let word = self.dice.below(50);
        let on = format!(r#""event":"{event}","assignment":"{shift}""#);
        let other = *self.dice.pick(&SHIFTS);
        match self.dice.below(14) {
            0 if word == 0 => format!(r#"{{"type":"delete_event","event":"{event}"}}"#),
            0 if word < 15 => create_event(event),
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
            12 if word < 10 => format!(
                r#"{{"type":"update_limits","helper":"{helper}","set":{{"day_max":{}}}}}"#,
                60 * (word + 1)
            ),
            12 if word < 20 => {
                format!(r#"{{"type":"set_day_off","helper":"{helper}","day":"2026-07-{}"}}"#, word + 10)
            }
            12 => format!(r#"{{"type":"update_contact","helper":"{helper}","set":{{"phone":"{word}"}}}}"#),
            _ if word < 20 => format!(
                r#"{{"type":"staff","event":"{event}","unassign":[{{"assignment":"{shift}","helper":"{helper}"}}],"assign":[{{"assignment":"{other}","helper":"{helper}"}}]}}"#
            ),
            _ => format!(r#"{{"type":"update_helper","helper":"{helper}","set":{{"name":"N{word}"}}}}"#),
        }
    }
}

fn create_event(event: &str) -> String {
    format!(
        r#"{{"type":"create_event","event":"{event}","fields":{{"title":"{event}","first_day":"2026-07-15","last_day":"2026-07-16","zone":"Europe/London"}}}}"#
    )
}

fn create_shift(event: &str, shift: &str) -> String {
    format!(
        r#"{{"type":"create_assignment","event":"{event}","assignment":"{shift}","fields":{{"title":"{shift}","start":"2026-07-15T18:00","end":"2026-07-15T23:00"}}}}"#
    )
}

//! Sessions of commands as JSON text. Each line is a step: a letter for the person, one for the number, and the JSON.

use crate::hub::{Hub, PEOPLE};
use wedsync_domain::Command;
use wedsync_protocol::Mutate;

const STEPS_MAX: usize = 40;

pub fn run(data: &[u8]) {
    let mut hub = Hub::default();
    let mut sent: Vec<(&str, Mutate)> = Vec::new();
    for line in data.split(|b| *b == b'\n').filter(|line| line.len() > 2).take(STEPS_MAX) {
        let (who, number, json) = (line[0], line[1], &line[2..]);
        if let Ok(command) = Command::from_json(json) {
            assert_eq!(
                Command::from_json(&command.to_json()).as_ref(),
                Ok(&command),
                "a command comes back from JSON"
            );
        }
        let user = PEOPLE[usize::from(who) % PEOPLE.len()];
        let mut m = hub.next(user, json.to_vec());
        match number {
            // The same once more, the same number for something else, one identity twice, and a gap.
            b'r' => {
                if let Some((user, m)) = sent.last() {
                    hub.mutate(user, m);
                }
                continue;
            }
            b'f' => m.n = m.n.saturating_sub(1),
            b'u' => m.uuid = sent.last().map_or(m.uuid, |(_, last)| last.uuid),
            b'g' => m.n = m.n.saturating_add(u64::from(json[0])),
            b'x' => m.n = u64::MAX,
            b'z' => m.n = 0,
            b'!' => hub.restart(),
            _ => {}
        }
        hub.mutate(user, &m);
        sent.push((user, m));
    }
    hub.check();
}

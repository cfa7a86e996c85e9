//! Messages of stock Yjs clients: read strictly, and what they write in a note judged by the room. What is understood is
//! written again as it was; everybody else's replica has what the room has.

use crate::hub::{Hub, NOW, PEOPLE, caller, id};
use crate::notes::{Editors, disturb, edit};
use arbitrary::{Result, Unstructured};
use wedsync_domain::document;
use wedsync_hub::yjs::protocol::{self, Message};

const STEPS_MAX: usize = 24;
const TOKEN: u64 = 7;
const VIEWER: usize = 3;

pub fn run(data: &[u8]) {
    let mut hub = Hub::default();
    let mut editors = Editors::new();
    let mut u = Unstructured::new(data);
    for _ in 0..STEPS_MAX {
        if u.is_empty() || step(&mut hub, &mut editors, &mut u).is_err() {
            break;
        }
    }
    hub.agree();
}

fn step(hub: &mut Hub, editors: &mut Editors, u: &mut Unstructured) -> Result<()> {
    let who = u.int_in_range(0..=PEOPLE.len() - 1)?;
    let mut bytes = if u.ratio(1, 3)? {
        let length = u.int_in_range(0..=120)?.min(u.len());
        u.bytes(length)?.to_vec()
    } else {
        let rich = u.arbitrary()?;
        let editor = editors.entry((who, rich)).or_insert_with(|| document::new_doc(100 + who as u64));
        protocol::update(&edit(editor, rich, u)?).to_vec()
    };
    if u.ratio(1, 2)? {
        disturb(&mut bytes, u)?;
    }
    let Ok(message) = protocol::decode(&bytes) else { return Ok(()) };
    written_again(&message);
    if let Message::Update(update) = message {
        write(hub, who, &update);
    }
    Ok(())
}

fn written_again(message: &Message) {
    let bytes = match message {
        Message::Step1(vector) => protocol::step_1(vector),
        Message::Update(update) => protocol::update(update),
        Message::Awareness(states) => {
            protocol::awareness(states.iter().map(|s| (s.client, s.clock, s.state.as_deref())))
        }
        Message::QueryAwareness => return,
    };
    assert_eq!(protocol::decode(&bytes).as_ref(), Ok(message));
}

fn write(hub: &mut Hub, who: usize, update: &[u8]) {
    let note = (&id("e1"), &id("a1"));
    let judged = hub.room.judge_update(TOKEN, &caller(PEOPLE[who]), NOW, note, update);
    let committed = hub.room.commit().expect("the store in memory does not fail");
    assert!(judged.is_ok() || who > VIEWER, "a member is turned away: {judged:?}");
    assert_eq!(
        committed.answers.len(),
        usize::from(matches!(judged, Ok(true))),
        "an answer for each that is judged"
    );
    assert!(who < VIEWER || committed.moves.is_empty(), "who may not write has moved a document");
    hub.hear(&committed.moves);
}

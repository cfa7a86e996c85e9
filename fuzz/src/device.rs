//! A hub of ill will, and an engine: whatever is said to it, no edit is lost, and it is itself again once the hub
//! speaks properly.

use crate::hub::{Hub, id};
use crate::tab::Tab;
use arbitrary::{Result, Unstructured};
use std::collections::BTreeSet;
use wedsync_core::engine::event::{Event, Hint};
use wedsync_core::ports::memory::MemoryStore;
use wedsync_domain::ids::Uuid;
use wedsync_domain::{Actor, DocId, Refusal, RefusalCode, Role};
use wedsync_protocol::{Ack, Body, DocUpdate, FaultCode, Frame, Head, Nack, Update, Welcome, decode, encode};

const STEPS_MAX: usize = 40;
const DOCS: [&str; 5] = ["roster", "event/e1", "event/e9", "person/anna", "notes/e1/a1"];

pub fn run(data: &[u8]) {
    let mut tab = Tab::open(Hub::default(), MemoryStore::default());
    tab.advance(2_000);
    let mut lies = Lies::default();
    let mut u = Unstructured::new(data);
    for _ in 0..STEPS_MAX {
        if u.is_empty() || step(&mut tab, &mut lies, &mut u).is_err() {
            break;
        }
        nothing_is_lost(&tab, &lies);
    }
    tab.recover();
    nothing_is_lost(&tab, &lies);
    assert_eq!(tab.engine.storage_error(), None);
    assert!(tab.engine.is_settled(), "{:?}", tab.engine.connection());
    assert_eq!(tab.engine.waiting(), 0, "edits wait, and the hub is there: {:?}", tab.engine.connection());
    let judged = tab.judged();
    for uuid in tab.saved.iter().filter(|uuid| !lies.edits.contains(uuid)) {
        assert!(judged.contains(uuid), "an edit never reached the hub");
    }
    let content = tab.hub.content();
    tab.shows(&content, &lies.docs);
}

/// What a hub that lies spoke of. A device has to believe a hub that says that an edit is stored, and cannot tell a
/// document that was made up.
#[derive(Default)]
struct Lies {
    edits: BTreeSet<Uuid>,
    docs: BTreeSet<DocId>,
}

impl Lies {
    /// Notes what a message speaks of; whether it may be said.
    fn note(&mut self, message: &[u8]) -> bool {
        match decode(message) {
            Ok(Frame::Ack(ack)) => drop(self.edits.insert(ack.uuid)),
            Ok(Frame::Nack(nack)) => drop(self.edits.insert(nack.uuid)),
            Ok(Frame::Update(update)) => {
                self.edits.extend(update.uuids);
                self.docs.extend(update.docs.into_iter().map(|d| d.doc));
            }
            // What a message of parts speaks of is not known here.
            Ok(Frame::Part { last, .. }) => return !last,
            Ok(_) | Err(_) => {}
        }
        true
    }
}

/// Every edit that was called saved is in the store until the hub has judged it, or somebody said so.
fn nothing_is_lost(tab: &Tab, lies: &Lies) {
    let (stored, judged) = (tab.stored_rows(), tab.judged());
    for uuid in &tab.saved {
        let known = stored.contains_key(uuid) || judged.contains(uuid) || lies.edits.contains(uuid);
        assert!(known, "an edit is gone from the outbox");
    }
}

fn step(tab: &mut Tab, lies: &mut Lies, u: &mut Unstructured) -> Result<()> {
    let message = match u.int_in_range(0..=11)? {
        0 | 1 => {
            let n: u8 = u.arbitrary()?;
            tab.submit(&match n % 4 {
                0 => format!(
                    r#"{{"type":"update_assignment","event":"e1","assignment":"a1","set":{{"title":"Bar {n}"}}}}"#
                ),
                1 => format!(r#"{{"type":"add_helper","helper":"h{n}","fields":{{"name":"H {n}"}}}}"#),
                2 => r#"{"type":"assign","event":"e1","assignment":"a2","helper":"ben"}"#.into(),
                _ => r#"{"type":"unassign","event":"e1","assignment":"a2","helper":"ben"}"#.into(),
            });
            return Ok(());
        }
        2 => {
            let ms = u.int_in_range(0..=70_000)?;
            tab.advance(ms);
            return Ok(());
        }
        3 => {
            match u.int_in_range(0..=5)? {
                0 => tab.hang_up(),
                1 => tab.event(Event::SyncNow),
                2 => tab.event(Event::Hint(*u.choose(&[
                    Hint::Online,
                    Hint::Offline,
                    Hint::Hidden,
                    Hint::Visible,
                    Hint::Resumed,
                ])?)),
                3 => tab.hub.restart(),
                _ => tab.offline = u.arbitrary()?,
            }
            return Ok(());
        }
        4 => {
            let length = u.int_in_range(0..=200)?.min(u.len());
            u.bytes(length)?.to_vec()
        }
        5 | 6 => {
            // Something that the hub did say, late and not quite right.
            let at = u.int_in_range(0..=29)?;
            let Some(mut message) = tab.heard.get(at).cloned() else { return Ok(()) };
            for _ in 0..u.int_in_range(0..=3)? {
                let at = u.int_in_range(0..=message.len().saturating_sub(1))?;
                match u.int_in_range(0..=2)? {
                    0 => message.truncate(at),
                    1 => message.insert(at, u.arbitrary()?),
                    _ => message.get_mut(at).into_iter().for_each(|b| *b ^= 1 << (at % 8)),
                }
            }
            message
        }
        _ => encode(&frame(tab, u)?).swap_remove(0),
    };
    if lies.note(&message) {
        tab.say(message);
    }
    Ok(())
}

fn frame(tab: &Tab, u: &mut Unstructured) -> Result<Frame> {
    let number = |u: &mut Unstructured| Ok(*u.choose(&[0, 1, 2, 3, 17, u64::MAX - 1, u64::MAX])?);
    let uuid = |u: &mut Unstructured| -> Result<Uuid> {
        let waiting: Vec<Uuid> = tab.engine.outbox().waiting_rows().map(|row| row.uuid).collect();
        Ok(if !waiting.is_empty() && u.ratio(1, 4)? { *u.choose(&waiting)? } else { Uuid(u.arbitrary()?) })
    };
    let doc =
        |u: &mut Unstructured| -> Result<DocId> { Ok(u.choose(&DOCS)?.parse().expect("a document's name")) };
    Ok(match u.int_in_range(0..=12)? {
        0 => {
            let org = id(u.choose(&["org", "other"])?);
            Frame::Welcome(Welcome {
                version: u.arbitrary()?,
                org,
                last_n: number(u)?,
                now_ms: number(u)?,
                generation: number(u)?,
                send_again: u.arbitrary()?,
            })
        }
        1 => {
            let role = *u.choose(&[Role::Owner, Role::Coordinator, Role::Helper, Role::Viewer])?;
            let helper = if u.arbitrary()? { Some(id("anna")) } else { None };
            Frame::Permissions(Actor { user: id(u.choose(&["olga", "mallory"])?), role, helper })
        }
        2..=5 => {
            let mut docs = Vec::new();
            for _ in 0..u.int_in_range(0..=2)? {
                let length = u.int_in_range(0..=100)?.min(u.len());
                let bytes = u.bytes(length)?.to_vec();
                let body = match u.int_in_range(0..=2)? {
                    0 => Body::Delta { base: number(u)?, bytes },
                    1 => Body::Snapshot { bytes },
                    _ => Body::Gone,
                };
                docs.push(DocUpdate {
                    doc: doc(u)?,
                    epoch: *u.choose(&[0, 1, u32::MAX])?,
                    seq: number(u)?,
                    body,
                });
            }
            let uuids = if u.arbitrary()? { vec![uuid(u)?] } else { Vec::new() };
            Frame::Update(Update { docs, uuids, more: u.arbitrary()? })
        }
        6 => {
            let heads = vec![Head { doc: doc(u)?, epoch: 1, seq: number(u)? }];
            Frame::Ack(Ack { n: number(u)?, uuid: uuid(u)?, heads, replaced: Vec::new(), kept: Vec::new() })
        }
        7 | 8 => {
            let codes = [RefusalCode::ClientForked, RefusalCode::OutOfOrder, RefusalCode::Forbidden];
            let refusal = Refusal::new(*u.choose(&codes)?, "no");
            Frame::Nack(Nack { n: number(u)?, uuid: uuid(u)?, refusal })
        }
        9 => Frame::Busy { retry_after_ms: u.arbitrary()? },
        10 => Frame::Fault { code: *u.choose(&FaultCode::ALL)?, message: "no".into() },
        11 => Frame::Ping { token: u.arbitrary()? },
        _ => Frame::Part { last: false, bytes: u.arbitrary::<[u8; 4]>()?.to_vec() },
    })
}

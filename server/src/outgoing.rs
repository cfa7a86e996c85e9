//! A session's queue out: bounded, so that a slow reader costs nobody else anything.
//!
//! When it overflows, its waiting updates are dropped and remembered by the heads they built on. Once the reader has
//! taken the rest, one catch-up from those heads brings it up to date. Answers are never dropped: a session reads
//! nothing more from its peer while too many wait ([`Outgoing::wait_for_room`]).

use crate::presence::Batch;
use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use wedsync_domain::DocId;
use wedsync_protocol::bugs::{Bug, bug};
use wedsync_protocol::{FaultCode, Frame, Head, Peers, encode};

/// Bounds of the queue, in bytes and frames; a catch-up may exceed them once.
const BYTES_MAX: usize = 4 * 1024 * 1024;
const COUNT_MAX: usize = 4096;

/// A frame as wire messages, encoded once for all who get it.
pub type Encoded = Arc<[Bytes]>;

pub fn encoded(frame: &Frame) -> Encoded {
    encode(frame).into_iter().map(Bytes::from).collect()
}

#[derive(Debug)]
enum Kind {
    Answer,
    /// A live update, and the heads that it builds on.
    Update(Arc<[Head]>),
    /// Part of a catch-up, whole for these documents.
    Cut(Vec<DocId>),
}

/// What a session does next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    Send(Bytes),
    /// The reader is slow and has taken all there was: ask the actor for what was dropped.
    CatchUp,
    /// Tell the peer, then close.
    Fault(FaultCode, String),
    /// All is said.
    Done,
}

#[derive(Debug, Default)]
struct State {
    /// What is left of the frame being sent.
    current: VecDeque<Bytes>,
    items: VecDeque<(Kind, Encoded)>,
    bytes: usize,
    /// The heads before the first dropped update of each document.
    lag: BTreeMap<DocId, Head>,
    lagging: bool,
    asked: bool,
    /// Who is here, as far as it was not told: one batch however slow the reader, with the session's number.
    peers: Option<(u64, Arc<Batch>)>,
    end: Option<Next>,
    closed: bool,
}

#[derive(Debug)]
pub struct Outgoing {
    state: Mutex<State>,
    count_max: usize,
    ready: Notify,
    taken: Notify,
}

impl Default for Outgoing {
    fn default() -> Outgoing {
        Outgoing::with_room_for(COUNT_MAX)
    }
}

impl State {
    fn push(&mut self, kind: Kind, frame: Encoded) {
        self.bytes += size(&frame);
        self.items.push_back((kind, frame));
    }

    fn is_full(&self, count_max: usize) -> bool {
        self.bytes > BYTES_MAX || self.items.len() > count_max
    }

    fn fall_behind(&mut self) {
        self.lagging = true;
        let items = std::mem::take(&mut self.items);
        for (kind, frame) in items {
            match kind {
                Kind::Update(bases) => {
                    self.bytes -= size(&frame);
                    self.miss(&bases);
                }
                Kind::Cut(docs) => {
                    for doc in &docs {
                        self.lag.remove(doc);
                    }
                    self.items.push_back((Kind::Cut(docs), frame));
                }
                Kind::Answer => self.items.push_back((Kind::Answer, frame)),
            }
        }
    }

    fn miss(&mut self, bases: &[Head]) {
        for head in bases {
            self.lag.entry(head.doc.clone()).or_insert_with(|| head.clone());
        }
    }
}

fn size(frame: &[Bytes]) -> usize {
    frame.iter().map(Bytes::len).sum()
}

impl Outgoing {
    pub fn with_room_for(count_max: usize) -> Outgoing {
        let (state, ready, taken) = (Mutex::default(), Notify::new(), Notify::new());
        Outgoing { state, count_max, ready, taken }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn answer(&self, frame: &Frame) {
        self.state().push(Kind::Answer, encoded(frame));
        self.ready.notify_one();
    }

    /// A live update, or a note of it where the reader is too slow.
    pub fn update(&self, frame: &Encoded, bases: &Arc<[Head]>) {
        let mut state = self.state();
        if state.lagging {
            state.miss(bases);
        } else {
            state.push(Kind::Update(bases.clone()), frame.clone());
            if state.is_full(self.count_max) && bug(Bug::DroppedOnFullQueue) {
                state.items.pop_back();
            } else if state.is_full(self.count_max) {
                state.fall_behind();
            }
        }
        drop(state);
        self.ready.notify_one();
    }

    /// Who is here. `session` is the reader's own number among the peers.
    pub fn peers(&self, session: u64, batch: Arc<Batch>) {
        if batch.is_empty() {
            return;
        }
        let mut state = self.state();
        match &mut state.peers {
            Some((_, waiting)) => Arc::make_mut(waiting).add(&batch),
            none => *none = Some((session, batch)),
        }
        drop(state);
        self.ready.notify_one();
    }

    /// The frames of one cut, which stay together.
    pub fn cut(&self, frames: &[Frame]) {
        let mut state = self.state();
        for frame in frames {
            let docs: Vec<DocId> = match frame {
                Frame::Update(update) => update.docs.iter().map(|d| d.doc.clone()).collect(),
                _ => Vec::new(),
            };
            for doc in &docs {
                state.lag.remove(doc);
            }
            state.push(Kind::Cut(docs), encoded(frame));
        }
        drop(state);
        self.ready.notify_one();
    }

    /// The heads of what was dropped; from now on updates flow again, so the actor brings these at once.
    pub fn take_lag(&self) -> Vec<Head> {
        let mut state = self.state();
        state.lagging = false;
        state.asked = false;
        std::mem::take(&mut state.lag).into_values().collect()
    }

    /// A new subscription covers all that waits: updates on top of older heads are not sent any more. Answers with the
    /// documents that they were of: what the peer says it has may be older than what it was sent of them.
    pub fn start_over(&self) -> Vec<DocId> {
        let mut state = self.state();
        state.fall_behind();
        state.lagging = false;
        state.asked = false;
        std::mem::take(&mut state.lag).into_keys().collect()
    }

    /// Ends the conversation after what is waiting.
    pub fn finish(&self) {
        self.state().end.get_or_insert(Next::Done);
        self.ready.notify_one();
    }

    /// Ends the conversation now: updates that wait are not sent any more, answers are.
    pub fn fault(&self, code: FaultCode, message: &str) {
        let mut state = self.state();
        let items = std::mem::take(&mut state.items);
        state.items = items.into_iter().filter(|(kind, _)| matches!(kind, Kind::Answer)).collect();
        state.lagging = false;
        state.end = Some(Next::Fault(code, message.to_owned()));
        drop(state);
        self.ready.notify_one();
    }

    /// The session is gone; the actor forgets it.
    pub fn close(&self) {
        let mut state = self.state();
        *state = State { closed: true, end: Some(Next::Done), ..State::default() };
        drop(state);
        self.ready.notify_one();
        self.taken.notify_one();
    }

    pub fn is_closed(&self) -> bool {
        self.state().closed
    }

    /// Whether the peer has not taken all there was for it yet.
    pub fn is_behind(&self) -> bool {
        let state = self.state();
        state.lagging || !state.items.is_empty() || !state.current.is_empty()
    }

    /// Waits until the peer has read enough of its answers.
    pub async fn wait_for_room(&self) {
        while self.state().is_full(self.count_max) {
            self.taken.notified().await;
        }
    }

    pub async fn next(&self) -> Next {
        loop {
            if let Some(next) = self.try_next() {
                return next;
            }
            self.ready.notified().await;
        }
    }

    /// What is next, if anything is.
    pub fn try_next(&self) -> Option<Next> {
        let mut state = self.state();
        if state.current.is_empty()
            && let Some((_, frame)) = state.items.pop_front()
        {
            state.bytes -= size(&frame);
            state.current.extend(frame.iter().cloned());
            self.taken.notify_one();
        }
        if let Some(bytes) = state.current.pop_front() {
            return Some(Next::Send(bytes));
        }
        match &state.end {
            Some(Next::Fault(code, message)) => return Some(Next::Fault(*code, message.clone())),
            Some(_) => return Some(Next::Done),
            None => {}
        }
        if let Some((you, batch)) = state.peers.take() {
            state.current.extend(encoded(&Frame::Peers(peers_frame(you, &batch))).iter().cloned());
            return state.current.pop_front().map(Next::Send);
        }
        if state.lagging && !state.asked {
            state.asked = true;
            return Some(Next::CatchUp);
        }
        None
    }
}

fn peers_frame(you: u64, batch: &Batch) -> Peers {
    let gone = batch.peers.iter().filter(|(_, peer)| peer.is_none()).map(|(id, _)| *id).collect();
    let changed = batch.peers.values().flatten().map(|peer| (**peer).clone()).collect();
    Peers { you, changed, gone, left: batch.left.values().cloned().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wedsync_protocol::{Body, DocUpdate, Update};

    fn head(seq: u64) -> Head {
        Head { doc: DocId::Roster, epoch: 1, seq }
    }

    /// An update of a quarter of the bound, on top of `base`.
    fn update(out: &Outgoing, base: u64) {
        let frame: Encoded = Arc::from([Bytes::from(vec![base as u8; BYTES_MAX / 4])]);
        out.update(&frame, &Arc::from([head(base)]));
    }

    fn sent(out: &Outgoing) -> usize {
        std::iter::from_fn(|| out.try_next().filter(|next| matches!(next, Next::Send(_)))).count()
    }

    #[test]
    fn what_overflows_is_caught_up_from_before_the_first_dropped_update() {
        let out = Outgoing::default();
        update(&out, 4);
        assert!(matches!(out.try_next(), Some(Next::Send(_))));
        out.answer(&Frame::Pong { token: 1 });
        (5..12).for_each(|base| update(&out, base));
        out.answer(&Frame::Pong { token: 2 });
        assert!(matches!(out.try_next(), Some(Next::Send(_))));
        assert!(matches!(out.try_next(), Some(Next::Send(_))), "answers are never dropped");
        assert_eq!(out.try_next(), Some(Next::CatchUp));
        assert_eq!(out.try_next(), None, "asked once");
        assert_eq!(out.take_lag(), [head(5)]);
        update(&out, 12);
        assert_eq!(sent(&out), 1, "updates flow again");
    }

    #[test]
    fn a_cut_is_kept_whole_and_stands_for_what_came_before_it() {
        let out = Outgoing::default();
        update(&out, 5);
        let body = Body::Snapshot { bytes: vec![1] };
        let docs = vec![DocUpdate { doc: DocId::Roster, epoch: 1, seq: 6, body }];
        out.cut(&[Frame::Update(Update { docs, uuids: vec![], more: false })]);
        (6..12).for_each(|base| update(&out, base));
        assert!(matches!(out.try_next(), Some(Next::Send(_))), "the cut");
        assert_eq!(out.try_next(), Some(Next::CatchUp));
        assert_eq!(out.take_lag(), [head(6)]);
    }

    #[test]
    fn a_fault_takes_the_place_of_updates_but_not_of_answers() {
        let out = Outgoing::default();
        update(&out, 1);
        out.answer(&Frame::Pong { token: 1 });
        out.fault(FaultCode::Revoked, "out");
        assert_eq!(out.try_next(), Some(Next::Send(encoded(&Frame::Pong { token: 1 })[0].clone())));
        assert_eq!(out.try_next(), Some(Next::Fault(FaultCode::Revoked, "out".into())));
    }

    fn push(out: &Outgoing, base: u64, bytes: usize) {
        out.update(&Arc::from([Bytes::from(vec![0; bytes])]), &Arc::from([head(base)]));
    }

    /// Whether updates were dropped since the last look.
    fn fell_behind(out: &Outgoing) -> bool {
        let behind = std::iter::from_fn(|| out.try_next()).any(|next| next == Next::CatchUp);
        out.take_lag();
        behind
    }

    #[test]
    fn four_megabytes_fit_and_not_a_byte_more() {
        let out = Outgoing::default();
        for _ in 0..2 {
            (1..=4).for_each(|base| push(&out, base, 1 << 20));
            assert!(!fell_behind(&out));
            (1..=4).for_each(|base| push(&out, base, 1 << 20));
            push(&out, 5, 1);
            assert!(fell_behind(&out));
        }
        // What was dropped counts no more; what was kept does.
        let body = Body::Snapshot { bytes: vec![1; 1 << 20] };
        let docs = vec![DocUpdate { doc: DocId::Roster, epoch: 1, seq: 6, body }];
        out.cut(&[Frame::Update(Update { docs, uuids: vec![], more: false })]);
        (6..=9).for_each(|base| push(&out, base, 1 << 20));
        assert_eq!(out.take_lag(), [head(6)]);
        (9..=10).for_each(|base| push(&out, base, 1 << 20));
        assert_eq!(out.take_lag(), [], "two and what was kept");
        (11..=12).for_each(|base| push(&out, base, 1 << 20));
        assert_eq!(out.take_lag(), [head(9)]);
        // What was sent counts no more, and nothing else does so.
        let out = Outgoing::default();
        (1..=4).for_each(|base| push(&out, base, 1 << 20));
        out.try_next();
        push(&out, 5, 1 << 20);
        assert_eq!(out.take_lag(), []);
        push(&out, 6, 1);
        assert_eq!(out.take_lag(), [head(2)]);
    }

    #[test]
    fn so_many_frames_fit_and_not_one_more() {
        let out = Outgoing::with_room_for(2);
        (1..=2).for_each(|base| push(&out, base, 1));
        assert!(!fell_behind(&out));
        (1..=3).for_each(|base| push(&out, base, 1));
        assert!(fell_behind(&out));
    }

    #[test]
    fn a_new_subscription_takes_the_place_of_updates_that_wait() {
        let out = Outgoing::default();
        (1..=2).for_each(|base| push(&out, base, 1));
        assert_eq!(out.start_over(), [DocId::Roster]);
        assert_eq!(out.try_next(), None, "it is not behind");
        push(&out, 3, 1);
        assert_eq!(sent(&out), 1);
        assert_eq!(out.start_over(), []);
    }

    #[test]
    fn a_session_reads_on_when_its_answers_were_taken() {
        use std::future::Future;
        use std::task::{Context, Poll, Waker};
        let out = Outgoing::with_room_for(1);
        let has_room = || {
            let mut context = Context::from_waker(Waker::noop());
            std::pin::pin!(out.wait_for_room()).poll(&mut context) == Poll::Ready(())
        };
        out.answer(&Frame::Pong { token: 1 });
        assert!(has_room());
        out.answer(&Frame::Pong { token: 2 });
        assert!(!has_room());
        out.try_next();
        assert!(has_room());
    }

    #[test]
    fn it_is_closed_when_its_session_is_gone() {
        let out = Outgoing::default();
        out.answer(&Frame::Pong { token: 1 });
        out.finish();
        assert!(!out.is_closed());
        assert!(matches!(out.try_next(), Some(Next::Send(_))), "what waits is said first");
        out.answer(&Frame::Pong { token: 2 });
        out.close();
        assert!(out.is_closed());
        assert_eq!(out.try_next(), Some(Next::Done));
    }

    #[test]
    fn who_is_behind_and_finished_or_closed_is_not_caught_up_any_more() {
        type End = fn(&Outgoing);
        let ends: [(End, Next); 3] = [
            (|out| out.finish(), Next::Done),
            (|out| out.close(), Next::Done),
            (|out| out.fault(FaultCode::TryLater, "no"), Next::Fault(FaultCode::TryLater, "no".into())),
        ];
        for (end, says) in ends {
            let out = Outgoing::with_room_for(0);
            push(&out, 1, 1);
            assert!(!out.is_closed());
            end(&out);
            assert_eq!(out.try_next().as_ref(), Some(&says));
            assert_eq!(out.try_next(), Some(says), "and nothing else");
        }
    }

    #[test]
    fn who_is_here_is_one_frame_however_much_a_slow_reader_missed() {
        use crate::presence::{Presence, Who};
        use wedsync_domain::{Actor, Role};
        let actor = Actor { user: "u".parse().unwrap(), role: Role::Viewer, helper: None };
        let who = Who { actor, name: "U".into(), device: None };
        let out = Outgoing::default();
        let mut presence = Presence::default();
        for n in 0..1000 {
            let state = serde_json::json!({ "event": format!("e{n}"), "assignment": null, "field": null, "cursor": null });
            presence.show(1, &who, vec![serde_json::from_value(state).unwrap()], n * 100);
            out.peers(7, Arc::new(presence.batch(n * 100).unwrap()));
        }
        out.answer(&Frame::Pong { token: 1 });
        assert_eq!(out.try_next(), Some(Next::Send(encoded(&Frame::Pong { token: 1 })[0].clone())));
        let Some(Next::Send(bytes)) = out.try_next() else { panic!() };
        let Ok(Frame::Peers(peers)) = wedsync_protocol::decode(&bytes) else { panic!() };
        assert_eq!((peers.you, peers.changed.len(), peers.left.len()), (7, 1, 999));
        assert_eq!(peers.changed[0].states[0].event.as_str(), "e999");
        assert_eq!(out.try_next(), None);
    }
}

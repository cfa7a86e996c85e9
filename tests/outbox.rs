//! What the outbox keeps, and what it lets go.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use wedsync_core::engine::effect::{Answer, Effect, Failure};
use wedsync_core::engine::event::{Event, TabEvent};
use wedsync_core::engine::outbox::{OUTBOX_MAX, Outbox};
use wedsync_core::engine::tabs::{News, TabMessage};
use wedsync_core::engine::{Engine, FOLD_LOG_AT, Mode, Options};
use wedsync_core::record::{OutboxRow, Receipt, Verdict, pack};
use wedsync_core::storage::{Done, Loaded, Op};
use wedsync_domain::command::{COMMAND_MAX, Command};
use wedsync_domain::ids::Uuid;
use wedsync_domain::{Actor, DocId, Refusal, RefusalCode, Role, Table};

const STORED_KEPT: u64 = 300;
const STORED_SLACK: u64 = 100;

fn uuid(n: u64) -> Uuid {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&n.to_be_bytes());
    Uuid(bytes)
}

fn row(n: u64) -> OutboxRow {
    OutboxRow { n, uuid: uuid(n), at_ms: 1, title: String::new(), command: b"{}".to_vec() }
}

/// Later rows were settled earlier, so that the order of numbers is not that of receipts.
fn stored(n: u64) -> Receipt {
    let verdict = Verdict::Stored { heads: Vec::new(), replaced: Vec::new(), kept: Vec::new() };
    Receipt { row: row(n), settled_ms: 1_000_000 - n, verdict }
}

fn refused(n: u64) -> Receipt {
    let verdict = Verdict::Refused(Refusal::new(RefusalCode::Forbidden, "no"));
    Receipt { row: row(n), settled_ms: 0, verdict }
}

fn outbox(rows: Vec<OutboxRow>, receipts: Vec<Receipt>) -> Outbox {
    let mut outbox = Outbox::default();
    outbox.load(1_000_000, rows, receipts);
    outbox
}

#[test]
fn the_newest_three_hundred_stored_receipts_are_kept() {
    let most = STORED_KEPT + STORED_SLACK;
    assert_eq!(outbox(vec![], (1..=most).map(stored).collect()).to_prune(&[]).concat(), []);
    let full = outbox(vec![], (1..=most + 1).map(stored).collect());
    let oldest: Vec<Uuid> = (STORED_KEPT + 1..=most + 1).map(uuid).collect();
    assert_eq!(full.to_prune(&[]), [oldest]);
    // What this very commit settles is not among them, and does not count.
    let just: Vec<Receipt> = (1..=10).map(|n| stored(most + 1 - n)).collect();
    assert_eq!(full.to_prune(&just).concat(), []);
    let more = outbox(vec![], (1..=most + 11).map(stored).collect());
    let gone = more.to_prune(&just).concat();
    assert!(just.iter().all(|receipt| !gone.contains(&receipt.row.uuid)));
    assert_eq!(gone.len() as u64, STORED_SLACK + 1);
}

#[test]
fn receipts_that_are_refused_or_whose_row_is_here_are_not_pruned() {
    let all = STORED_KEPT + STORED_SLACK + 1;
    let refusals = outbox(vec![], (1..=all).map(refused).collect());
    assert_eq!(refusals.to_prune(&[]).concat(), []);
    assert_eq!(refusals.refused(), all as usize);
    // Ten rows that wait for their update, with the oldest receipts: those do not count.
    let receipts = |n| (1..=n).map(stored).collect();
    let rows: Vec<OutboxRow> = (all - 5..=all + 5).map(row).collect();
    assert_eq!(outbox(rows.clone(), receipts(all + 5)).to_prune(&[]).concat(), []);
    let pruned = outbox(rows, receipts(all + 11)).to_prune(&[]);
    // The store has those of the rows that wait between the two.
    let [before, after] = &pruned[..] else { panic!("{pruned:?}") };
    assert_eq!((before.len() + after.len()) as u64, STORED_SLACK + 1);
    assert_eq!((*before.last().unwrap(), after[0]), (uuid(all - 6), uuid(all + 6)));
}

/// A run is deleted from its first to its last: what is between must be old, too.
#[test]
fn no_receipt_that_stays_is_in_a_run_that_goes() {
    let all = STORED_KEPT + STORED_SLACK + 20;
    let receipts = (1..=all).map(|n| if n % 50 == 0 { refused(n) } else { stored(n) }).collect();
    let outbox = outbox(vec![row(all - 5)], receipts);
    let runs = outbox.to_prune(&[]);
    let gone: Vec<Uuid> = runs.concat();
    assert!(runs.len() > 3 && gone.len() > 50, "{runs:?}");
    for receipt in outbox.receipts() {
        let inside = runs.iter().any(|run| (run[0]..=*run.last().unwrap()).contains(&receipt.row.uuid));
        assert_eq!(inside, gone.contains(&receipt.row.uuid), "{:?}", receipt.row.n);
    }
}

#[test]
fn rows_without_a_verdict_wait_in_order() {
    let outbox = outbox(vec![row(7), row(3), row(5)], vec![stored(5), refused(7)]);
    let waiting: Vec<u64> = outbox.waiting_rows().map(|row| row.n).collect();
    assert_eq!((waiting, outbox.waiting()), (vec![3], 1));
}

/// An engine that has loaded so many rows, and whose store answers nothing more.
fn engine(rows: usize) -> Engine {
    engine_at(rows as u64 + 1, (1..=rows as u64).map(row).collect())
}

fn engine_at(next_n: u64, rows: Vec<OutboxRow>) -> Engine {
    let actor = Actor { user: "olivia".parse().unwrap(), role: Role::Owner, helper: None };
    let org = "org".parse().unwrap();
    let options =
        Options { mode: Mode::Page, org, actor, seed: 5, version: "test".into(), fold_log_at: FOLD_LOG_AT };
    let mut engine = Engine::new(options, 1);
    let loaded = Loaded {
        client: "c1".parse().unwrap(),
        base: 0,
        next_n,
        fresh: false,
        commits: 0,
        actor: None,
        generation: None,
        synced_ms: None,
        rows,
        receipts: Vec::new(),
        steps: Vec::new(),
        docs: Vec::new(),
    };
    engine.handle(1, Event::Stored(Done::Loaded(Box::new(loaded))));
    engine.effects();
    engine
}

/// Why the edit is not even tried, if it is not.
fn submit(engine: &mut Engine, n: u64, command: &str) -> Option<Failure> {
    let command = command.as_bytes().to_vec();
    engine.handle(2, Event::Submit { request: n, uuid: uuid(1_000_000 + n), command });
    let mut answers = engine.effects().into_iter().filter_map(|effect| match effect {
        Effect::Answer(Answer::Saved { request, result }) if request == n => result.err(),
        _ => None,
    });
    answers.next_back()
}

fn add_helper(n: u64) -> String {
    format!(r#"{{"type":"add_helper","helper":"h{n}","fields":{{"name":"H"}}}}"#)
}

#[test]
fn a_full_outbox_takes_no_more_edits_and_counts_those_being_saved() {
    let mut engine = engine(OUTBOX_MAX - 1);
    assert_eq!(submit(&mut engine, 1, &add_helper(1)), None);
    let Some(Failure::Refused(refusal)) = submit(&mut engine, 2, &add_helper(2)) else { panic!() };
    assert_eq!(refusal.code, RefusalCode::TooLarge);
}

#[test]
fn edits_submitted_while_others_are_written_are_one_transaction_of_their_own() {
    let mut engine = engine(0);
    let mut appended = Vec::new();
    for n in 1..=3 {
        let command = add_helper(n).into_bytes();
        engine.handle(2, Event::Submit { request: n, uuid: uuid(n), command });
    }
    for effect in engine.effects() {
        if let Effect::Store(Op::Append(rows)) = effect {
            appended.push(rows);
        }
    }
    assert_eq!(appended.iter().map(Vec::len).collect::<Vec<_>>(), [1]);
    engine.handle(2, Event::Stored(Done::Appended(vec![OutboxRow { n: 1, ..appended[0][0].clone() }])));
    let next = engine.effects().into_iter().find_map(|effect| match effect {
        Effect::Store(Op::Append(rows)) => Some(rows.len()),
        _ => None,
    });
    assert_eq!((next, engine.waiting()), (Some(2), 1));
}

/// An import that is so long as it is kept, with what it leaves out written down; as it is given it is shorter.
fn import_kept_as(bytes: usize) -> String {
    let import = |last: usize| {
        let shift = |i: usize, key: usize| {
            let (key, start, end) = ("x".repeat(key), "2026-07-15T18:00", "2026-07-15T20:00");
            let fields = format!(r#"{{"title":"Bar","start":"{start}","end":"{end}","key":"{key}"}}"#);
            format!(r#"{{"assignment":"s{i}","fields":{fields}}}"#)
        };
        let mut shifts: Vec<String> = (0..124).map(|i| shift(i, 4_090)).collect();
        shifts.push(shift(124, last));
        format!(r#"{{"type":"import_shifts","event":"e1","places":[],"shifts":[{}]}}"#, shifts.join(","))
    };
    let kept = |json: &str| Command::from_json(json.as_bytes()).unwrap().to_json().len();
    let shortest = kept(&import(1));
    let json = import(1 + bytes - shortest);
    assert_eq!(kept(&json), bytes);
    json
}

#[test]
fn an_edit_is_refused_that_would_be_kept_as_more_than_the_hub_takes() {
    let mut engine = engine(0);
    let event = r#"{"type":"create_event","event":"e1","fields":{"title":"W","first_day":"2026-07-15",
        "last_day":"2026-07-16","zone":"Europe/London"}}"#;
    assert_eq!(submit(&mut engine, 1, event), None);
    let Some(Failure::Refused(refusal)) = submit(&mut engine, 2, &import_kept_as(COMMAND_MAX + 1)) else {
        panic!()
    };
    assert_eq!(refusal.code, RefusalCode::TooLarge, "{refusal}");
    assert_eq!(submit(&mut engine, 3, &import_kept_as(COMMAND_MAX)), None);
}

/// Another tab says that it has saved this row, under this client number. Answers whether the store is read again.
fn hear_of(engine: &mut Engine, client: &str, n: u64) -> bool {
    let message = TabMessage::Appended { client: client.parse().unwrap(), rows: vec![row(n)] };
    engine.handle(2, Event::Tab(TabEvent::Message(pack(&message))));
    engine.effects().iter().any(|effect| matches!(effect, Effect::Store(Op::Load { .. })))
}

#[test]
fn rows_of_another_tab_wait_here_too_unless_they_are_old_or_of_another_number() {
    let mut engine = engine(2);
    assert!(!hear_of(&mut engine, "c1", 3));
    assert_eq!(engine.waiting(), 3);
    // Below what the store would have given next when it was read, and not in it: gone.
    let mut drained = engine_at(7, Vec::new());
    assert!(!hear_of(&mut drained, "c1", 6));
    assert_eq!(drained.waiting(), 0);
    assert!(!hear_of(&mut drained, "c1", 7));
    assert_eq!(drained.waiting(), 1);
    assert!(hear_of(&mut engine, "c2", 4), "the store has another client number by now");
    assert_eq!(engine.waiting(), 3);
}

/// The holder of the network says that it has written its commit of this number, with these verdicts. Answers whether the
/// store is read again.
fn hear_of_commit(engine: &mut Engine, number: u64, verdicts: Vec<Receipt>) -> bool {
    let (docs, landed, news) = (Vec::new(), Vec::new(), News::default());
    let message = TabMessage::Committed { number, verdicts, docs, landed, news };
    engine.handle(2, Event::Tab(TabEvent::Message(pack(&message))));
    engine.effects().iter().any(|effect| matches!(effect, Effect::Store(Op::Load { .. })))
}

#[test]
fn commits_of_another_tab_are_taken_in_order_once_and_where_one_is_missing_the_store_is_read() {
    let refusals = |engine: &mut Engine, number, n| {
        let read = hear_of_commit(engine, number, vec![refused(n)]);
        (read, engine.refused())
    };
    let mut engine = engine(9);
    assert_eq!(refusals(&mut engine, 1, 1), (false, 1));
    assert_eq!(refusals(&mut engine, 2, 2), (false, 2));
    assert_eq!(refusals(&mut engine, 2, 3), (false, 2), "it has that one already");
    assert_eq!(refusals(&mut engine, 1, 3), (false, 2));
    assert_eq!(refusals(&mut engine, 3, 3), (false, 3));
    assert_eq!(refusals(&mut engine, 5, 4), (true, 3), "the fourth is missing");
}

#[test]
fn an_edit_that_another_tab_heard_was_refused_leaves_the_screen_at_once() {
    let command = add_helper(1).into_bytes();
    let row = OutboxRow { command, ..row(1) };
    let mut engine = engine_at(2, vec![row.clone()]);
    let helpers = |engine: &Engine| {
        let view = engine.view(&DocId::Roster);
        view.map_or(0, |view| view.rows(Table::Helpers).len())
    };
    assert_eq!(helpers(&engine), 1);
    hear_of_commit(&mut engine, 1, vec![Receipt { row, ..refused(1) }]);
    assert_eq!(helpers(&engine), 0);
}

//! The hub as a process: killed, stopped, and started where it cannot start.
#![allow(clippy::unwrap_used)]

use common::process::{hub, start};
use common::{Peer, create_org, event, fresh, mutate, retitle, shift, token};
use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use wedsync_protocol::{FaultCode, Frame, WINDOW_ROWS};

mod common;

const EDITS: u64 = 2_000;
const KILLS: u64 = 10;

#[tokio::test(flavor = "multi_thread")]
async fn killed_ten_times_in_the_middle_everything_is_stored_once_and_in_order() {
    let data = tempfile::tempdir().unwrap();
    create_org(data.path(), "party");
    let client = fresh();
    let mut outbox = vec![mutate(1, &event()), mutate(2, &shift("a"))];
    outbox.extend((3..=EDITS).map(|n| mutate(n, &retitle("a", &format!("Edit {n}")))));
    let mut acked = 0;
    for round in 0..=KILLS {
        let mut hub = start(data.path());
        let mut peer = Peer::greet(&hub.address, &token("olga"), client.clone()).await;
        assert!(peer.last_n >= acked, "the hub forgot: {} after {acked} were acknowledged", peer.last_n);
        // A device sends from its first unanswered row, also what the hub may have already, a window at a time.
        let mut sent = acked;
        let goal = EDITS * (round + 1) / (KILLS + 1);
        while acked < goal {
            while sent < EDITS.min(acked + WINDOW_ROWS as u64) {
                peer.send(&Frame::Mutate(outbox[sent as usize].clone())).await;
                sent += 1;
            }
            match peer.next().await {
                Frame::Ack(ack) => {
                    assert_eq!(ack.n, acked + 1);
                    acked = ack.n;
                }
                other => panic!("{other:?}"),
            }
        }
        // SIGKILL, with a window of edits on their way.
        hub.child.kill().unwrap();
        hub.child.wait().unwrap();
    }
    assert_eq!(acked, EDITS);

    let db = rusqlite::Connection::open(data.path().join("hub.sqlite")).unwrap();
    let mut query = db
        .prepare(
            "SELECT json_extract(change, '$.kind.Set.after') FROM history WHERE field = 'title' ORDER BY id",
        )
        .unwrap();
    let stored: Vec<String> = query.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect();
    let wanted: Vec<String> = (3..=EDITS).map(|n| format!("Edit {n}")).collect();
    assert!(
        stored == wanted,
        "{} of {} in order",
        stored.iter().zip(&wanted).filter(|(a, b)| a == b).count(),
        wanted.len()
    );
    let (count, distinct, last): (u64, u64, u64) = db
        .query_row("SELECT count(*), count(DISTINCT uuid), max(n) FROM verdicts", [], |r| {
            Ok((r.get::<_, i64>(0)? as u64, r.get::<_, i64>(1)? as u64, r.get::<_, i64>(2)? as u64))
        })
        .unwrap();
    assert_eq!((count, distinct, last), (EDITS, EDITS, EDITS));
    let seq: i64 = db.query_row("SELECT seq FROM docs WHERE doc = 'event/e'", [], |r| r.get(0)).unwrap();
    assert_eq!(seq as u64, EDITS);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn stopped_it_says_so_finishes_and_exits_cleanly() {
    let data = tempfile::tempdir().unwrap();
    create_org(data.path(), "party");
    let mut hub = start(data.path());
    let mut peer = Peer::greet(&hub.address, &token("olga"), fresh()).await;
    peer.stored(&event()).await;
    let pid = hub.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(peer.end().await, (FaultCode::TryLater, 1013));
    drop(peer);
    let status = tokio::task::spawn_blocking(move || hub.child.wait().unwrap()).await.unwrap();
    assert_eq!(status.code(), Some(0));
    let wal = data.path().join("hub.sqlite-wal");
    assert!(std::fs::metadata(&wal).map_or(0, |m| m.len()) == 0, "the write-ahead log is folded");
}

/// Runs a hub that must not start, and answers its complaint.
fn complaint(command: &mut Command) -> String {
    let Output { status, stderr, .. } = command.output().unwrap();
    assert_eq!(status.code(), Some(1));
    let text = String::from_utf8(stderr).unwrap();
    assert_eq!(text.lines().count(), 1, "one line: {text}");
    text
}

#[test]
fn where_it_cannot_start_it_says_why_and_what_to_do() {
    let data = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_wedsync-hub"));
    command.args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data"]).arg(data.path());
    let text = complaint(&mut command);
    assert!(text.contains(&port) && text.contains("--listen"), "{text}");

    // A file where the folder should be: not writable for anybody, root included.
    let file = data.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let text = complaint(&mut hub(&file.join("data")));
    assert!(text.contains("not writable") && text.contains("--data"), "{text}");

    let mut running = start(data.path());
    let text = complaint(&mut hub(data.path()));
    assert!(text.contains("another hub") && text.contains("--data"), "{text}");
    // A hub that was killed holds nothing back.
    running.child.kill().unwrap();
    running.child.wait().unwrap();
    drop(start(data.path()));

    let text = complaint(hub(data.path()).env("WEDSYNC_JWT_HS256_SECRET", "short"));
    assert!(text.contains("WEDSYNC_JWT_HS256_SECRET") && text.contains("32"), "{text}");
    let text = complaint(hub(data.path()).args(["--www", "/nowhere"]));
    assert!(text.contains("/nowhere"), "{text}");
}

#[test]
fn a_database_that_it_cannot_trust_is_left_alone() {
    let data = tempfile::tempdir().unwrap();
    let database = data.path().join("hub.sqlite");
    let rubbish = b"this was a photo once".repeat(500);
    std::fs::write(&database, &rubbish).unwrap();
    let text = complaint(&mut hub(data.path()));
    assert!(text.contains("damaged") && text.contains("hub.sqlite") && text.contains("backup"), "{text}");
    assert!(std::fs::read(&database).unwrap() == rubbish, "untouched");

    std::fs::remove_file(&database).unwrap();
    create_org(data.path(), "party");
    let db = rusqlite::Connection::open(&database).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    drop(db);
    let text = complaint(&mut hub(data.path()));
    assert!(text.contains("newer") && text.contains("99"), "{text}");

    // A page in the middle overwritten.
    let db = rusqlite::Connection::open(&database).unwrap();
    db.pragma_update(None, "user_version", 3).unwrap();
    drop(db);
    let mut bytes = std::fs::read(&database).unwrap();
    let (from, to) = (4096 * 2, 4096 * 12);
    bytes[from..to].fill(0xa5);
    std::fs::write(&database, &bytes).unwrap();
    let text = complaint(&mut hub(data.path()));
    assert!(text.contains("damaged"), "{text}");
    assert!(std::fs::read(&database).unwrap() == bytes, "untouched");
}

#[test]
fn the_demo_is_filled_once_and_its_links_stay() {
    let data = tempfile::tempdir().unwrap();
    let links = || {
        let mut child = hub(data.path()).arg("--demo").stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let links: Vec<String> = lines.take_while(|l| !l.starts_with("ready ")).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        std::thread::sleep(Duration::from_millis(50));
        links.iter().map(|l| l.split("#join=").nth(1).unwrap().to_owned()).collect::<Vec<_>>()
    };
    let first = links();
    assert_eq!(first.len(), 4);
    assert_eq!(links(), first);
    let db = rusqlite::Connection::open(data.path().join("hub.sqlite")).unwrap();
    let count = |sql: &str| db.query_row(sql, [], |r| r.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM docs WHERE doc LIKE 'event/%'"), 3);
    assert_eq!(
        count("SELECT count(*) FROM history WHERE doc = 'event/summer-festival' AND tbl = 'assignments'"),
        626
    );
    assert_eq!(count("SELECT count(*) FROM verdicts WHERE outcome LIKE '%refused%'"), 0);
}

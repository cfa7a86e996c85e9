//! Backup and restore by the hub's own commands: what comes back, what stays as it is, and what is refused.
#![allow(clippy::unwrap_used)]

use common::{Peer, SECRET, create_org, event, fresh, helper, id, mutate, retitle, shift, token};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Instant;
use wedsync_domain::{Id, Role};
use wedsync_hub::hub::{DATABASE, now_ms, yjs_client};
use wedsync_hub::membership::Member;
use wedsync_hub::room::Room;
use wedsync_hub::store::SqliteStore;
use wedsync_protocol::{Frame, Mutate};

mod common;

struct Running {
    child: Child,
    address: String,
}

impl Running {
    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

fn hub(args: &[&str], data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wedsync-hub"));
    command.args(args).arg("--data").arg(data);
    command.env("WEDSYNC_JWT_HS256_SECRET", SECRET).env("WEDSYNC_LOG", "error");
    command
}

fn start(data: &Path) -> Running {
    let mut child = hub(&["serve", "--listen", "127.0.0.1:0"], data).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready = lines.find_map(|line| line.unwrap().strip_prefix("ready http://").map(str::to_owned));
    Running { child, address: ready.expect("the hub came up") }
}

/// Runs a command that must end well; what it said.
fn done(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let (out, err) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert_eq!(status.code(), Some(0), "{out}{err}");
    out + &err
}

/// Runs a command that must fail; its one line.
fn complaint(command: &mut Command) -> String {
    let Output { status, stderr, .. } = command.output().unwrap();
    let text = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{text}");
    assert_eq!(text.lines().count(), 1, "one line: {text}");
    text
}

fn backup(data: &Path, file: &Path) -> String {
    done(&mut hub(&["backup", file.to_str().unwrap()], data))
}

fn restore(data: &Path, file: &Path, more: &[&str]) -> String {
    done(&mut hub(&[&["restore", file.to_str().unwrap()], more].concat(), data))
}

fn count(data: &Path, sql: &str) -> i64 {
    let db = Connection::open(data.join(DATABASE)).unwrap();
    db.query_row(sql, [], |r| r.get(0)).unwrap()
}

fn team(data: &Path) -> Room<SqliteStore> {
    Room::open(SqliteStore::open(&data.join(DATABASE), &id("party")).unwrap(), yjs_client()).unwrap()
}

/// A device: what it made, what it was told, and the hub that told it.
struct Device {
    client: Id,
    generation: Option<u64>,
    outbox: Vec<Mutate>,
    told: usize,
}

impl Device {
    fn new() -> Device {
        Device { client: fresh(), generation: None, outbox: Vec::new(), told: 0 }
    }

    /// Greets as a device does: to a hub of another generation it sends again under a new number, or forgets.
    async fn greet(&mut self, address: &str) -> Peer {
        let peer = Peer::greet(address, &token("olga"), self.client.clone()).await;
        let (generation, send_again) = peer.generation;
        if self.generation.replace(generation).is_none_or(|known| known == generation) {
            return peer;
        }
        if !send_again {
            self.outbox.drain(..self.told);
        }
        self.told = 0;
        self.client = fresh();
        for (i, m) in self.outbox.iter_mut().enumerate() {
            m.n = i as u64 + 1;
        }
        Peer::greet(address, &token("olga"), self.client.clone()).await
    }

    fn edit(&mut self, command: &serde_json::Value) {
        self.outbox.push(mutate(self.outbox.len() as u64 + 1, command));
    }

    /// Sends what waits, until all is answered or the hub is gone.
    async fn drain(&mut self, peer: &mut Peer) {
        for m in &self.outbox[self.told..] {
            if peer.socket_send(&Frame::Mutate(m.clone())).await.is_err() {
                return;
            }
        }
        while self.told < self.outbox.len() {
            match peer.try_next().await {
                Ok(Frame::Ack(ack)) => {
                    assert_eq!(ack.uuid, self.outbox[self.told].uuid);
                    self.told += 1;
                }
                Ok(Frame::Update(_)) => {}
                Ok(other) => panic!("{other:?}"),
                Err(_) => return,
            }
        }
    }
}

/// A hub that was backed up while a device wrote, wrote on, and was killed. The device, the backup, and how much of
/// the device's outbox the backup holds.
async fn lost(data: &Path, file: &Path) -> (Device, usize) {
    create_org(data, "party");
    let mut running = start(data);
    let mut device = Device::new();
    let mut peer = device.greet(&running.address).await;
    for command in [event(), shift("a"), helper("h0")] {
        device.edit(&command);
    }
    device.drain(&mut peer).await;
    let (from, to) = (data.to_owned(), file.to_owned());
    let copying = tokio::task::spawn_blocking(move || backup(&from, &to));
    let mut number = 0;
    while !copying.is_finished() {
        number += 1;
        device.edit(&helper(&format!("during-{number}")));
        device.edit(&retitle("a", &format!("During {number}")));
        device.drain(&mut peer).await;
    }
    let said = copying.await.unwrap();
    assert!(said.contains("bytes") && said.contains("organisations: 1"), "{said}");
    for number in 0..50 {
        device.edit(&helper(&format!("after-{number}")));
        device.edit(&retitle("a", &format!("After {number}")));
    }
    device.drain(&mut peer).await;
    assert_eq!(device.told, device.outbox.len());
    running.kill();
    let db = Connection::open(file).unwrap();
    assert_eq!(db.query_row("PRAGMA integrity_check", [], |r| r.get::<_, String>(0)).unwrap(), "ok");
    let held: i64 = db.query_row("SELECT count(*) FROM verdicts", [], |r| r.get(0)).unwrap();
    assert!(held >= 3 && (held as usize) < device.outbox.len(), "{held} of {}", device.outbox.len());
    (device, held as usize)
}

#[tokio::test(flavor = "multi_thread")]
async fn restored_it_has_everything_again_once_the_devices_are_back() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("backup.sqlite");
    let (mut device, _) = lost(data.path(), &file).await;
    let epochs = count(data.path(), "SELECT max(epoch) FROM docs");
    // The hub's disk is lost, and with it every epoch that was used.
    std::fs::remove_file(data.path().join(DATABASE)).unwrap();
    let said = restore(data.path(), &file, &[]);
    assert!(said.contains("restored") && said.contains("send again"), "{said}");
    assert!(count(data.path(), "SELECT min(epoch) FROM docs") > epochs);
    assert_eq!(count(data.path(), "SELECT count(*) FROM audit WHERE action = 'restored'"), 1);

    let running = start(data.path());
    device.edit(&retitle("a", "Waited"));
    let mut peer = device.greet(&running.address).await;
    device.drain(&mut peer).await;
    peer.subscribe().await;
    assert_eq!(device.told, device.outbox.len());
    let view = peer.view("event/e");
    assert_eq!(
        view.row(wedsync_domain::Table::Assignments, "a").unwrap().text(wedsync_domain::Field::Title),
        "Waited"
    );
    // Everything is there once, in the order in which it was made.
    let db = Connection::open(data.path().join(DATABASE)).unwrap();
    let mut query = db.prepare("SELECT DISTINCT uuid FROM history ORDER BY id").unwrap();
    let kept: Vec<[u8; 16]> = query.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect();
    let made: Vec<[u8; 16]> = device.outbox.iter().map(|m| m.uuid.0).collect();
    assert!(kept == made, "{} of {}", kept.len(), made.len());
    let doubles = "SELECT count(*) FROM (SELECT 1 FROM history GROUP BY uuid, change HAVING count(*) > 1)";
    assert_eq!(count(data.path(), doubles), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_forget_it_stays_as_it_was_backed_up() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("backup.sqlite");
    let (mut device, held) = lost(data.path(), &file).await;
    let made = device.outbox.len();
    let said = restore(data.path(), &file, &["--forget"]);
    assert!(said.contains("forget") && said.contains("kept as"), "{said}");
    let running = start(data.path());
    device.edit(&helper("waited"));
    let mut peer = device.greet(&running.address).await;
    device.drain(&mut peer).await;
    assert_eq!((device.told, device.outbox.len()), (1, 1), "only what was never stored");
    assert_eq!(count(data.path(), "SELECT count(*) FROM verdicts") as usize, held + 1);
    // What was replaced is whole, and could be put back.
    let kept: Vec<PathBuf> = beside(data.path()).into_iter().filter(|p| is(p, ".replaced-")).collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    let db = Connection::open(&kept[0]).unwrap();
    assert_eq!(
        db.query_row("SELECT count(*) FROM verdicts", [], |r| r.get::<_, i64>(0)).unwrap() as usize,
        made
    );
}

fn beside(data: &Path) -> BTreeSet<PathBuf> {
    std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn is(path: &Path, part: &str) -> bool {
    path.file_name().unwrap().to_str().unwrap().contains(part)
}

#[test]
fn who_may_do_what_is_not_taken_from_the_backup() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("backup.sqlite");
    create_org(data.path(), "party");
    backup(data.path(), &file);
    create_org(data.path(), "later");
    let mut room = team(data.path());
    room.edit(now_ms(), |team| {
        team.remove_member(&id("olga"), &id("anna"))?;
        team.set_role(&id("olga"), &id("ben"), Role::Viewer)?;
        team.put_member(Member { user: id("new"), name: "New".into(), role: Role::Helper, helper: None });
        Ok(())
    })
    .unwrap();
    room.commit().unwrap();
    drop(room);
    restore(data.path(), &file, &[]);
    let room = team(data.path());
    let roles: Vec<(&str, Role)> =
        room.membership().members.values().map(|m| (m.user.as_str(), m.role)).collect();
    assert_eq!(
        roles,
        [("ben", Role::Viewer), ("new", Role::Helper), ("olga", Role::Owner), ("vera", Role::Viewer)]
    );
    assert!(room.generation().number > 0 && room.generation().send_again);
    let orgs = SqliteStore::orgs(&data.path().join(DATABASE)).unwrap();
    assert_eq!(orgs, [id("later"), id("party")], "an organisation made after the backup keeps its people");

    // Where the database cannot be read, the backup's people are all there is.
    drop(room);
    let before = count(data.path(), "SELECT generation FROM orgs WHERE org = 'party'");
    let database = data.path().join(DATABASE);
    let mut bytes = std::fs::read(&database).unwrap();
    bytes[4096..4096 * 8].fill(0xa5);
    std::fs::write(&database, &bytes).unwrap();
    std::fs::write(data.path().join("hub.sqlite-wal"), b"what was in it").unwrap();
    let said = restore(data.path(), &file, &[]);
    assert!(said.contains("could not be read") && said.contains("invitations"), "{said}");
    assert_eq!(team(data.path()).membership().members.len(), 4);
    assert!(team(data.path()).membership().members.contains_key(&id("anna")));
    assert!(count(data.path(), "SELECT generation FROM orgs WHERE org = 'party'") >= before);
    let kept: Vec<PathBuf> = beside(data.path()).into_iter().filter(|p| is(p, ".replaced-")).collect();
    assert!(kept.iter().any(|p| std::fs::read(p).unwrap() == bytes), "{kept:?}");
}

#[test]
fn what_cannot_be_backed_up_or_restored_is_said_and_nothing_is_touched() {
    let data = tempfile::tempdir().unwrap();
    let path = |name: &str| data.path().join(name);
    let file = path("backup.sqlite");
    let backing = |file: &Path| hub(&["backup", file.to_str().unwrap()], data.path());
    let restoring = |file: &Path| hub(&["restore", file.to_str().unwrap()], data.path());
    let text = complaint(&mut backing(&file));
    assert!(text.contains("no database") && text.contains("--data"), "{text}");
    create_org(data.path(), "party");
    backup(data.path(), &file);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    let text = complaint(&mut backing(&file));
    assert!(text.contains("is there already"), "{text}");
    let text = complaint(&mut backing(&path("no/such/folder/b.sqlite")));
    assert!(text.contains("could not be written"), "{text}");

    std::fs::write(path("photo"), b"this was a photo once".repeat(500)).unwrap();
    std::fs::write(path("empty"), b"").unwrap();
    let other = Connection::open(path("other")).unwrap();
    other.execute_batch("CREATE TABLE orgs (org TEXT); PRAGMA user_version = 1").unwrap();
    drop(other);
    std::fs::copy(&file, path("newer")).unwrap();
    Connection::open(path("newer")).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[4096 * 2..4096 * 12].fill(0xa5);
    std::fs::write(path("damaged"), &bytes).unwrap();
    std::fs::hard_link(path(DATABASE), path("same")).unwrap();

    let before = (beside(data.path()), std::fs::read(path(DATABASE)).unwrap());
    for (name, word) in [
        ("missing", "no backup at"),
        ("photo", "not a backup"),
        ("empty", "not a backup"),
        ("other", "not a backup"),
        ("newer", "newer"),
        ("damaged", "damaged"),
        ("same", "own database"),
        (DATABASE, "own database"),
    ] {
        let text = complaint(&mut restoring(&path(name)));
        assert!(text.contains(word), "{name}: {text}");
    }
    let lock = path("hub.lock");
    let after: BTreeSet<PathBuf> = beside(data.path()).into_iter().filter(|p| *p != lock).collect();
    assert_eq!(after, before.0.into_iter().filter(|p| *p != lock).collect());
    assert!(std::fs::read(path(DATABASE)).unwrap() == before.1, "untouched");

    let running = start(data.path());
    let text = complaint(&mut restoring(&file));
    assert!(text.contains("another hub"), "{text}");
    drop(running);
    // A backup of an earlier schema is brought up to date.
    let old = path("old.sqlite");
    let db = Connection::open(&old).unwrap();
    db.execute_batch(include_str!("../src/store/migrations/001.sql")).unwrap();
    db.execute_batch("INSERT INTO orgs VALUES ('ancient', 'A'); PRAGMA user_version = 1").unwrap();
    drop(db);
    restore(data.path(), &old, &[]);
    assert_eq!(count(data.path(), "SELECT count(*) FROM orgs WHERE org = 'ancient' AND generation > 0"), 1);
    drop(start(data.path()));
}

#[test]
fn killed_at_any_moment_the_old_or_the_new_database_is_in_place() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("backup.sqlite");
    create_org(data.path(), "party");
    backup(data.path(), &file);
    let generation = || count(data.path(), "SELECT generation FROM orgs");
    let begun = Instant::now();
    restore(data.path(), &file, &[]);
    let step = begun.elapsed() / 20;
    // Each time a little later, until it was often too late.
    let (mut old, mut new) = (0, 0);
    while new < 5 {
        let round = old + new;
        assert!(round < 300, "it never came to an end");
        let before = generation();
        let mark = format!(
            "INSERT INTO audit (org, at_ms, user, action, subject) VALUES ('party', {round}, 'u', 'mark', '')"
        );
        Connection::open(data.path().join(DATABASE)).unwrap().execute_batch(&mark).unwrap();
        let mut child =
            hub(&["restore", file.to_str().unwrap()], data.path()).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(step * round);
        let _ = child.kill();
        child.wait().unwrap();
        let after = generation();
        assert_eq!(
            count(data.path(), "SELECT 1 FROM pragma_integrity_check WHERE integrity_check = 'ok'"),
            1
        );
        let marks = count(
            data.path(),
            &format!("SELECT count(*) FROM audit WHERE action = 'mark' AND at_ms = {round}"),
        );
        if after == before {
            assert_eq!(marks, 1, "the old one, whole");
            old += 1;
        } else {
            assert_eq!(marks, 0, "the new one, and nothing of the old one's log");
            new += 1;
        }
    }
    assert!(old > 0, "killed too late");
    let said = restore(data.path(), &file, &[]);
    assert!(said.contains("restored"), "{said}");
    assert!(!beside(data.path()).iter().any(|p| is(p, ".restoring")), "nothing is left over");
}

//! Killed at random while several devices write: the database says the same as the answers did.
#![allow(clippy::unwrap_used)]

use common::{Peer, SECRET, create_org, event, fresh, helper, id, mutate, retitle, shift, token};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use wedsync_domain::{Actor, Id, Role};
use wedsync_hub::hub::{DATABASE, random, yjs_client};
use wedsync_hub::room::Room;
use wedsync_hub::store::SqliteStore;
use wedsync_protocol::{Body, Frame, Mutate, WINDOW_ROWS};

mod common;

const DEVICES: usize = 4;
const KILLS: usize = 8;

fn start(data: &Path) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wedsync-hub"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .env("WEDSYNC_JWT_HS256_SECRET", SECRET)
        .env("WEDSYNC_LOG", "error")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready = lines.find_map(|line| line.unwrap().strip_prefix("ready http://").map(str::to_owned));
    (child, ready.expect("the hub came up"))
}

/// A device that writes until the hub dies, from its first unanswered edit on.
struct Device {
    client: Id,
    outbox: Vec<Mutate>,
    acked: u64,
}

impl Device {
    async fn write(&mut self, address: &str, number: usize) {
        let mut peer = Peer::greet(address, &token("olga"), self.client.clone()).await;
        assert!(
            peer.last_n >= self.acked,
            "forgotten: {} after {} were acknowledged",
            peer.last_n,
            self.acked
        );
        let mut sent = self.acked;
        loop {
            while sent < self.acked + WINDOW_ROWS as u64 {
                if self.outbox.len() as u64 <= sent {
                    self.outbox.push(mutate(sent + 1, &self.edit(number, sent)));
                }
                let frame = Frame::Mutate(self.outbox[sent as usize].clone());
                if peer.socket_send(&frame).await.is_err() {
                    return;
                }
                sent += 1;
            }
            match peer.try_next().await {
                Ok(Frame::Ack(ack)) => {
                    assert_eq!(ack.n, self.acked + 1);
                    self.acked = ack.n;
                }
                Ok(other) => panic!("{other:?}"),
                Err(_) => return,
            }
        }
    }

    fn edit(&self, number: usize, sent: u64) -> serde_json::Value {
        match sent % 3 {
            0 => helper(&format!("h{number}-{sent}")),
            1 => shift(&format!("s{number}-{sent}")),
            _ => retitle("a", &format!("Edit {number}-{sent}")),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_four_devices_write_the_database_is_whole() {
    let data = tempfile::tempdir().unwrap();
    create_org(data.path(), "party");
    let mut devices: Vec<Device> =
        (0..DEVICES).map(|_| Device { client: fresh(), outbox: Vec::new(), acked: 0 }).collect();
    let first = fresh();
    for round in 0..KILLS {
        let (mut hub, address) = start(data.path());
        if round == 0 {
            let mut peer = Peer::greet(&address, &token("olga"), first.clone()).await;
            peer.stored(&event()).await;
            peer.stored(&shift("a")).await;
        }
        let kill = async {
            let [byte]: [u8; 1] = random();
            tokio::time::sleep(Duration::from_millis(150 + 4 * u64::from(byte))).await;
            hub.kill().unwrap();
            hub.wait().unwrap();
        };
        let writing = devices.iter_mut().enumerate().map(|(i, d)| d.write(&address, i));
        tokio::join!(kill, futures_util::future::join_all(writing));
        check(data.path(), &devices);
    }
    assert!(devices.iter().all(|d| d.acked > 100), "the devices hardly wrote anything");
}

fn check(data: &Path, devices: &[Device]) {
    let path = data.join(DATABASE);
    let db = Connection::open(&path).unwrap();
    let number = |sql: &str| db.query_row(sql, [], |r| r.get::<_, i64>(0)).unwrap();
    assert_eq!(db.query_row("PRAGMA integrity_check", [], |r| r.get::<_, String>(0)).unwrap(), "ok");

    // Every acknowledged edit has one verdict, in order, and nothing has two.
    let mut verdicts: BTreeMap<String, Vec<(u64, [u8; 16])>> = BTreeMap::new();
    let mut query = db.prepare("SELECT client, n, uuid FROM verdicts ORDER BY client, n").unwrap();
    let mut rows = query.query([]).unwrap();
    while let Some(r) = rows.next().unwrap() {
        let n = r.get::<_, i64>(1).unwrap() as u64;
        verdicts.entry(r.get(0).unwrap()).or_default().push((n, r.get(2).unwrap()));
    }
    for device in devices {
        let kept = verdicts.get(device.client.as_str()).cloned().unwrap_or_default();
        assert!(kept.len() as u64 >= device.acked, "{} of {} acknowledged", kept.len(), device.acked);
        for (i, (n, uuid)) in kept.iter().enumerate() {
            assert_eq!((*n, *uuid), (i as u64 + 1, device.outbox[i].uuid.0));
        }
    }
    let uuids = number("SELECT count(DISTINCT uuid) FROM verdicts");
    assert_eq!(uuids, number("SELECT count(*) FROM verdicts"));

    // Each device's counter is its last verdict, and each head is its document's last commit.
    assert_eq!(
        number(
            "SELECT count(*) FROM clients c WHERE last_n <> (SELECT coalesce(max(n), 0) FROM verdicts v \
             WHERE v.org = c.org AND v.client = c.client)"
        ),
        0
    );
    assert_eq!(
        number(
            "SELECT count(*) FROM docs d WHERE seq <> (SELECT max(seq) FROM updates u WHERE u.org = d.org AND \
             u.doc = d.doc) OR seq - log_base <> (SELECT count(*) FROM updates u WHERE u.org = d.org AND \
             u.doc = d.doc AND u.seq > d.log_base)"
        ),
        0
    );
    // What was committed to a document is in the history under the same number, and under a verdict.
    assert_eq!(
        number(
            "SELECT count(*) FROM updates u WHERE NOT EXISTS (SELECT 1 FROM history h WHERE h.org = u.org AND \
             h.doc = u.doc AND h.seq = u.seq AND h.uuid = u.uuid) OR NOT EXISTS \
             (SELECT 1 FROM verdicts v WHERE v.org = u.org AND v.user = 'olga' AND v.uuid = u.uuid)"
        ),
        0
    );
    let shifts = number("SELECT count(*) FROM history WHERE tbl = 'assignments' AND field IS NULL");
    let helpers = number("SELECT count(*) FROM history WHERE tbl = 'helpers' AND field IS NULL");
    drop(rows);
    drop(query);
    drop(db);

    // The documents read back as what the history says.
    let mut room = Room::open(SqliteStore::open(&path, &id("party")).unwrap(), yjs_client()).unwrap();
    let owner = Actor { user: id("olga"), role: Role::Owner, helper: None };
    let mut seen = BTreeSet::new();
    for frame in room.catch_up(&owner, &[]).unwrap() {
        let Frame::Update(update) = frame else { panic!("{frame:?}") };
        for doc in update.docs {
            let Body::Snapshot { bytes } = doc.body else { panic!("{:?}", doc.doc) };
            let yjs = wedsync_domain::document::new_doc(1);
            wedsync_domain::document::apply_update(&yjs, &bytes).unwrap();
            let view = wedsync_domain::document::read(&yjs, &doc.doc);
            let expected = match doc.doc.to_string().as_str() {
                "roster" => (wedsync_domain::Table::Helpers, helpers),
                "event/e" => (wedsync_domain::Table::Assignments, shifts),
                _ => (wedsync_domain::Table::Contact, 1),
            };
            assert_eq!(view.rows(expected.0).len() as i64, expected.1, "{}", doc.doc);
            assert!(seen.insert(doc.doc));
        }
    }
    assert_eq!(seen.len() as i64, helpers + 1 + i64::from(helpers > 0));
}

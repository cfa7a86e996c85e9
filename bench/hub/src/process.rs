//! The hub that is measured: the shipped binary in a process of its own, with a team and a plan.

use crate::Result;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};
use wedsync_domain::ids::Uuid;
use wedsync_domain::{Id, Role};
use wedsync_hub::hub::{DATABASE, now_ms, random, yjs_client};
use wedsync_hub::membership::Member;
use wedsync_hub::room::{Caller, Room};
use wedsync_hub::store::{SqliteStore, prepare};
use wedsync_protocol::{Frame, Mutate};

const ORG: &str = "bench";
const SECRET: &str = "only for benchmarks: it never leaves this machine";
const SHIFTS: usize = 100;
const START_WITHIN: Duration = Duration::from_secs(20);

pub struct HubProcess {
    binary: PathBuf,
    data: tempfile::TempDir,
    pub address: String,
    child: Option<Child>,
}

impl HubProcess {
    /// A hub with so many coordinators, `user-0` and on, and an event of 100 shifts, `shift-0` and on.
    pub async fn start(binary: &Path, members: usize) -> Result<HubProcess> {
        let data = tempfile::tempdir()?;
        write_plan(data.path(), members)?;
        // Free for a moment is free for us: nobody else asks for ports here.
        let address = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.to_string();
        let mut hub = HubProcess { binary: binary.to_owned(), data, address, child: None };
        hub.spawn()?;
        hub.answers().await?;
        Ok(hub)
    }

    pub fn spawn(&mut self) -> Result<()> {
        let child = Command::new(&self.binary)
            .args(["serve", "--listen", &self.address, "--data"])
            .arg(self.data.path())
            .env("WEDSYNC_JWT_HS256_SECRET", SECRET)
            .env("WEDSYNC_LOG", "warn")
            .stdout(std::process::Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        self.child = Some(child);
        Ok(())
    }

    async fn answers(&self) -> Result<()> {
        let deadline = Instant::now() + START_WITHIN;
        while tokio::net::TcpStream::connect(&self.address).await.is_err() {
            if Instant::now() > deadline {
                return Err("the hub did not start".into());
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// SIGKILL.
    pub async fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill().await?;
        }
        Ok(())
    }

    /// Its resident memory in bytes; nothing where the system does not tell (it is read from Linux's /proc).
    pub fn memory(&self) -> Option<u64> {
        let pid = self.child.as_ref()?.id()?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
        Some(kilobytes * 1024)
    }
}

pub fn org() -> Result<Id> {
    Ok(ORG.parse()?)
}

pub fn user(number: usize) -> Result<Id> {
    Ok(format!("user-{number}").parse()?)
}

pub fn token(user: &Id) -> Result<String> {
    let claims = json!({ "sub": user, "org": ORG, "exp": now_ms() / 1000 + 3600 });
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    Ok(jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key)?)
}

/// Another note for one of the shifts; `number` is told by its uuid, so that whoever sees the edit knows which it is.
pub fn edit(n: u64, number: u32) -> Result<Mutate> {
    let shift = format!("shift-{}", number as usize % SHIFTS);
    let command = json!({ "type": "update_assignment", "event": "event", "assignment": shift,
        "set": { "note": format!("Edit {number}: bring gloves") } });
    let mut tail: [u8; 10] = random();
    tail[6..].copy_from_slice(&number.to_be_bytes());
    let uuid = Uuid::v7(now_ms(), tail);
    Ok(Mutate { n, uuid, at_ms: now_ms(), command: serde_json::to_vec(&command)? })
}

/// Which [`edit`] it is.
pub fn number_of(Uuid(bytes): Uuid) -> u32 {
    u32::from_be_bytes([bytes[12], bytes[13], bytes[14], bytes[15]])
}

fn write_plan(data: &Path, members: usize) -> Result<()> {
    let database = data.join(DATABASE);
    prepare(&database)?;
    let mut room = Room::open(SqliteStore::open(&database, &org()?)?, yjs_client())?;
    let users = (0..members).map(user).collect::<Result<Vec<Id>>>()?;
    room.edit(now_ms(), |team| {
        team.create_org("Bench");
        for user in &users {
            let name = user.to_string();
            team.put_member(Member { user: user.clone(), name, role: Role::Coordinator, helper: None });
        }
        Ok(())
    })?;
    let caller = Caller { user: user(0)?, device: None, client: "planner".parse()? };
    room.attach(&caller, now_ms())?;
    let event = json!({ "type": "create_event", "event": "event", "fields": { "title": "Festival",
        "first_day": "2026-07-15", "last_day": "2026-07-16", "zone": "Europe/London" } });
    let shift = |number| {
        json!({ "type": "create_assignment", "event": "event", "assignment": format!("shift-{number}"),
            "fields": { "title": "Bar", "start": "2026-07-15T10:00", "end": "2026-07-15T12:00" } })
    };
    for (n, command) in (1..).zip(std::iter::once(event).chain((0..SHIFTS).map(shift))) {
        let uuid = Uuid::v7(now_ms(), random());
        let mutate = Mutate { n, uuid, at_ms: now_ms(), command: serde_json::to_vec(&command)? };
        room.judge(n, &caller, now_ms(), &mutate)?;
    }
    let refused = room.commit()?.answers.into_iter().find(|(_, frame)| !matches!(frame, Frame::Ack(_)));
    refused.map_or(Ok(()), |(_, frame)| Err(format!("the plan was refused: {frame:?}").into()))
}

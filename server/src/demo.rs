//! An organisation to try things in, filled by real commands on the first start.

use crate::hub::DATABASE;
use crate::membership::{Invite, Member, code, code_hash};
use crate::room::{Caller, Room};
use crate::store::{SqliteStore, StoreError};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::Path;
use wedsync_domain::ids::Uuid;
use wedsync_domain::{Command, Id, Role};
use wedsync_protocol::{Frame, Mutate};

mod plans;

const ORG: &str = "demo";
const LINKS: &str = "demo-links.json";
/// Until the end of the century: the links of a demo never expire in practice.
const NEVER_MS: u64 = 4_102_444_800_000;

#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the demo's links could not be kept in {path}: {why}")]
    Links { path: String, why: String },
    #[error("the demo could not be filled: {0}")]
    Fill(String),
}

/// A sign-in for one of the demo's people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub user: Id,
    pub role: Role,
    pub name: String,
    pub helper: Option<Id>,
    pub code: String,
}

fn id(text: &str) -> Id {
    // Only constants come here, and plain words are ids.
    text.parse().unwrap_or_else(|_| Id::derived(&[text]))
}

fn people() -> [(Role, &'static str, Option<&'static str>); 4] {
    [
        (Role::Owner, "Olivia Owner", None),
        (Role::Coordinator, "Carlo Coordinator", None),
        (Role::Helper, "Hanna Helper", Some("hanna")),
        (Role::Viewer, "Viktor Viewer", None),
    ]
}

/// Fills the demo if it is not there yet; answers the links that sign in. The database must be prepared.
pub fn fill(data: &Path, now_ms: u64, yjs_client: u64) -> Result<Vec<Link>, DemoError> {
    let org = id(ORG);
    let database = data.join(DATABASE);
    let mut room = Room::open(SqliteStore::open(&database, &org)?, yjs_client)?;
    let path = data.join(LINKS);
    let links = match read_links(&path) {
        Some(links) => links,
        None => {
            let links = new_links();
            keep_links(&path, &links)
                .map_err(|e| DemoError::Links { path: path.display().to_string(), why: e.to_string() })?;
            links
        }
    };
    let is_new = room.membership().members.is_empty();
    welcome(&mut room, &links, now_ms, is_new)?;
    if is_new {
        plant(&mut room, &links, now_ms)?;
    }
    // Everything in one commit: an interrupted first start leaves no half of a demo.
    room.commit()?;
    Ok(links)
}

fn new_links() -> Vec<Link> {
    let link = |(role, name, helper): (Role, &str, Option<&str>)| Link {
        user: id(&format!("demo-{}", role.name())),
        role,
        name: name.to_owned(),
        helper: helper.map(id),
        code: code(crate::hub::random()),
    };
    people().into_iter().map(link).collect()
}

fn read_links(path: &Path) -> Option<Vec<Link>> {
    let links: Vec<Link> = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    (links.len() == people().len()).then_some(links)
}

fn keep_links(path: &Path, links: &[Link]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(&serde_json::to_vec_pretty(links)?)?;
    file.sync_all()
}

fn welcome(room: &mut Room<SqliteStore>, links: &[Link], now_ms: u64, is_new: bool) -> Result<(), DemoError> {
    let known: Vec<bool> =
        links.iter().map(|l| room.membership().invites.contains_key(&code_hash(&l.code))).collect();
    let made = room.edit(now_ms, |team| {
        if is_new {
            team.create_org("Demo");
        }
        for (link, known) in links.iter().zip(known) {
            if is_new {
                team.put_member(Member {
                    user: link.user.clone(),
                    name: link.name.clone(),
                    role: link.role,
                    helper: link.helper.clone(),
                });
            }
            if !known {
                team.put_invite(Invite {
                    hash: code_hash(&link.code),
                    user: Some(link.user.clone()),
                    role: link.role,
                    name: link.name.clone(),
                    helper: link.helper.clone(),
                    expires_ms: NEVER_MS,
                    single_use: false,
                    by: None,
                    used_by: None,
                });
            }
        }
        Ok(())
    });
    made.map_err(|e| DemoError::Fill(e.to_string()))
}

fn plant(room: &mut Room<SqliteStore>, links: &[Link], now_ms: u64) -> Result<(), DemoError> {
    let owner =
        links.iter().find(|l| l.role == Role::Owner).map_or_else(|| id("demo-owner"), |l| l.user.clone());
    let caller = Caller { user: owner, device: None, client: id("demo-planter") };
    room.attach(&caller, now_ms).map_err(|e| DemoError::Fill(e.to_string()))?;
    let commands = plans::commands(now_ms).map_err(DemoError::Fill)?;
    for (i, command) in commands.iter().enumerate() {
        let n = i as u64 + 1;
        let mutate = Mutate {
            n,
            uuid: Uuid::v7(now_ms, crate::hub::random()),
            at_ms: now_ms,
            command: Command::to_json(command),
        };
        room.judge(n, &caller, now_ms, &mutate).map_err(|e| DemoError::Fill(e.to_string()))?;
    }
    let refused = room.judged().answers.iter().find_map(|(n, frame)| match frame {
        Frame::Nack(nack) => Some(format!("{}: {:?}", nack.refusal.message, commands.get(*n as usize - 1))),
        _ => None,
    });
    refused.map_or(Ok(()), |why| Err(DemoError::Fill(why)))
}

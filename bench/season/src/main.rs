//! Fills a hub's database: `wedsync-bench-season DATA ORG MEMBERS` reads commands as JSON, one a line, from standard input,
//! judges each as the hub does and commits them in groups. Members are coordinators, `user-0` and on; the first makes
//! all the edits. The hub must not serve that folder meanwhile.

use std::io::{BufRead, stdin};
use std::path::Path;
use wedsync_domain::ids::Uuid;
use wedsync_domain::{Id, Role};
use wedsync_hub::hub::{DATABASE, now_ms, random, yjs_client};
use wedsync_hub::membership::Member;
use wedsync_hub::room::{Caller, Committed, Room};
use wedsync_hub::store::{SqliteStore, prepare};
use wedsync_protocol::{Frame, Mutate};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Edits in one transaction: what a device drains in one go.
const GROUP: u64 = 200;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [data, org, members] = args.as_slice() else {
        return Err(
            "say DATA ORG MEMBERS, such as ./data bench 2, and give commands on standard input".into()
        );
    };
    std::fs::create_dir_all(data)?;
    let database = Path::new(data).join(DATABASE);
    prepare(&database)?;
    let mut room = Room::open(SqliteStore::open(&database, &org.parse()?)?, yjs_client())?;
    welcome(&mut room, members.parse()?)?;
    let caller = Caller { user: user(0)?, device: None, client: "season".parse()? };
    room.attach(&caller, now_ms())?;
    for (n, line) in (1..).zip(stdin().lock().lines()) {
        let now = now_ms();
        let mutate = Mutate { n, uuid: Uuid::v7(now, random()), at_ms: now, command: line?.into_bytes() };
        room.judge(n, &caller, now, &mutate)?;
        if n % GROUP == 0 {
            all_stored(&room.commit()?)?;
        }
    }
    all_stored(&room.commit()?)
}

fn user(number: usize) -> Result<Id> {
    Ok(format!("user-{number}").parse()?)
}

fn welcome(room: &mut Room<SqliteStore>, members: usize) -> Result<()> {
    let users = (0..members).map(user).collect::<Result<Vec<Id>>>()?;
    room.edit(now_ms(), |team| {
        team.create_org("Bench");
        for user in users {
            team.put_member(Member { name: user.to_string(), user, role: Role::Coordinator, helper: None });
        }
        Ok(())
    })?;
    Ok(())
}

/// A season of which something was refused is not the one that the others are measured with.
fn all_stored(committed: &Committed) -> Result<()> {
    let refused = committed.answers.iter().find(|(_, frame)| !matches!(frame, Frame::Ack(_)));
    refused.map_or(Ok(()), |(n, frame)| Err(format!("line {n} was refused: {frame:?}").into()))
}

//! The store on SQLite: WAL, `synchronous=FULL`, one file for all organisations.

use super::*;
use crate::membership::{Device, Invite, Member};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};
use std::path::Path;
use std::time::Duration;
use wedsync_domain::Role;

/// How long another writer of the file is waited for.
const BUSY_FOR: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct SqliteStore {
    pub(super) db: Connection,
    pub(super) org: String,
}

impl From<rusqlite::Error> for StoreError {
    fn from(e: rusqlite::Error) -> Self {
        StoreError(e.to_string())
    }
}

impl SqliteStore {
    /// Opens the store of one organisation in a prepared database.
    pub fn open(path: &Path, org: &Id) -> Result<SqliteStore> {
        let db = Connection::open(path)?;
        configure(&db)?;
        Ok(SqliteStore { db, org: org.to_string() })
    }

    /// A second look at the store of an organisation, beside its actor: sees what is committed, waits for nobody.
    pub fn open_to_read(path: &Path, org: &Id) -> Result<SqliteStore> {
        let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        db.busy_timeout(BUSY_FOR)?;
        Ok(SqliteStore { db, org: org.to_string() })
    }

    /// The organisations there are.
    pub fn orgs(path: &Path) -> Result<Vec<Id>> {
        let db = Connection::open(path)?;
        configure(&db)?;
        let mut query = db.prepare("SELECT org FROM orgs ORDER BY org")?;
        let names = query.query_map([], |r| r.get::<_, String>(0))?;
        names.map(|name| parse(name?)).collect()
    }

    /// The organisation that a join code is for, by the code's hash.
    pub fn org_of_invite(path: &Path, hash: &str) -> Result<Option<Id>> {
        let db = Connection::open(path)?;
        configure(&db)?;
        let found: Option<String> =
            db.query_row("SELECT org FROM invites WHERE hash = ?1", [hash], |r| r.get(0)).optional()?;
        found.map(parse).transpose()
    }
}

pub(super) fn parse<T: std::str::FromStr>(text: String) -> Result<T>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|e: T::Err| StoreError(e.to_string()))
}

pub(super) fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|e| StoreError(e.to_string()))
}

pub(super) fn to_json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| StoreError(e.to_string()))
}

fn role(name: &str) -> Result<Role> {
    Role::parse(name).ok_or_else(|| StoreError(format!("unknown role {name:?}")))
}

fn log_row(doc: &DocId) -> impl Fn(&Row) -> rusqlite::Result<LogRow> {
    let doc = doc.clone();
    move |r| Ok(LogRow { doc: doc.clone(), seq: int(r, 0)?, uuid: Uuid(r.get(1)?), bytes: r.get(2)? })
}

/// SQLite's integers are signed; all of ours are small and positive.
fn int(r: &Row, column: usize) -> rusqlite::Result<u64> {
    r.get::<_, i64>(column).map(|i| i as u64)
}

const VERDICT: &str = "SELECT client, n, user, uuid, content, outcome, device, kind, made_ms, at_ms FROM verdicts WHERE org = ?1 ";

type VerdictColumns = (String, u64, String, [u8; 16], [u8; 32], String, Option<String>, String, u64, u64);

fn verdict_columns(r: &Row) -> rusqlite::Result<VerdictColumns> {
    Ok((
        r.get(0)?,
        int(r, 1)?,
        r.get(2)?,
        r.get(3)?,
        r.get(4)?,
        r.get(5)?,
        r.get(6)?,
        r.get(7)?,
        int(r, 8)?,
        int(r, 9)?,
    ))
}

fn to_verdict(c: VerdictColumns) -> Result<Verdict> {
    Ok(Verdict {
        client: parse(c.0)?,
        n: c.1,
        user: parse(c.2)?,
        uuid: Uuid(c.3),
        content: c.4,
        outcome: json(&c.5)?,
        device: c.6.map(parse).transpose()?,
        kind: c.7,
        made_ms: c.8,
        at_ms: c.9,
    })
}

impl SqliteStore {
    pub(super) fn first_verdict(&self, user: &Id, uuid: Uuid) -> Result<Option<Verdict>> {
        self.db
            .prepare_cached(&format!("{VERDICT} AND user = ?2 AND uuid = ?3 ORDER BY rowid LIMIT 1"))?
            .query_row(params![self.org, user.as_str(), uuid.0], verdict_columns)
            .optional()?
            .map(to_verdict)
            .transpose()
    }

    fn load_membership(&self) -> Result<Membership> {
        let name: Option<String> = self
            .db
            .query_row("SELECT name FROM orgs WHERE org = ?1", [&self.org], |r| r.get(0))
            .optional()?;
        let mut out = Membership { name: name.unwrap_or_default(), ..Membership::default() };
        let mut query = self.db.prepare("SELECT user, name, role, helper FROM members WHERE org = ?1")?;
        let mut rows = query.query([&self.org])?;
        while let Some(r) = rows.next()? {
            let user: Id = parse(r.get(0)?)?;
            let helper = r.get::<_, Option<String>>(3)?.map(parse).transpose()?;
            let member =
                Member { user: user.clone(), name: r.get(1)?, role: role(&r.get::<_, String>(2)?)?, helper };
            out.members.insert(user, member);
        }
        let mut query = self.db.prepare(
            "SELECT device, user, name, x, y, created_ms, last_seen_ms, revoked FROM devices WHERE org = ?1",
        )?;
        let mut rows = query.query([&self.org])?;
        while let Some(r) = rows.next()? {
            let id: Id = parse(r.get(0)?)?;
            let device = Device {
                id: id.clone(),
                user: parse(r.get(1)?)?,
                name: r.get(2)?,
                x: r.get(3)?,
                y: r.get(4)?,
                created_ms: int(r, 5)?,
                last_seen_ms: int(r, 6)?,
                revoked: r.get(7)?,
            };
            out.devices.insert(id, device);
        }
        let mut query = self.db.prepare(
            "SELECT hash, user, role, name, helper, expires_ms, single_use, used_by, invited_by FROM invites WHERE org = ?1",
        )?;
        let mut rows = query.query([&self.org])?;
        while let Some(r) = rows.next()? {
            let hash: String = r.get(0)?;
            let invite = Invite {
                hash: hash.clone(),
                user: r.get::<_, Option<String>>(1)?.map(parse).transpose()?,
                role: role(&r.get::<_, String>(2)?)?,
                name: r.get(3)?,
                helper: r.get::<_, Option<String>>(4)?.map(parse).transpose()?,
                expires_ms: int(r, 5)?,
                single_use: r.get(6)?,
                used_by: r.get::<_, Option<String>>(7)?.map(parse).transpose()?,
                by: r.get::<_, Option<String>>(8)?.map(parse).transpose()?,
            };
            out.invites.insert(hash, invite);
        }
        Ok(out)
    }
}

impl Store for SqliteStore {
    fn load(&mut self) -> Result<OrgState> {
        let generation = self
            .db
            .query_row("SELECT generation, send_again FROM orgs WHERE org = ?1", [&self.org], |r| {
                Ok(Generation { number: int(r, 0)?, send_again: r.get(1)? })
            })
            .optional()?;
        let membership = self.load_membership()?;
        let generation = generation.unwrap_or_default();
        let mut state = OrgState { membership, generation, ..OrgState::default() };
        let mut query = self.db.prepare(
            "SELECT doc, epoch, seq, snapshot_seq, log_base, size, deleted FROM docs WHERE org = ?1",
        )?;
        let mut rows = query.query([&self.org])?;
        while let Some(r) = rows.next()? {
            let head = DocHead {
                epoch: int(r, 1)? as u32,
                seq: int(r, 2)?,
                snapshot_seq: int(r, 3)?,
                log_base: int(r, 4)?,
                size: int(r, 5)?,
                deleted: r.get(6)?,
            };
            state.docs.insert(parse(r.get(0)?)?, head);
        }
        Ok(state)
    }

    fn document(&mut self, doc: &DocId) -> Result<(Option<Vec<u8>>, Vec<LogRow>)> {
        let found: Option<(Option<Vec<u8>>, u64)> = self
            .db
            .prepare_cached("SELECT snapshot, snapshot_seq FROM docs WHERE org = ?1 AND doc = ?2")?
            .query_row(params![self.org, doc.to_string()], |r| Ok((r.get(0)?, int(r, 1)?)))
            .optional()?;
        let (snapshot, seq) = found.unwrap_or((None, 0));
        Ok((snapshot, self.log(doc, seq)?))
    }

    fn log(&mut self, doc: &DocId, after: u64) -> Result<Vec<LogRow>> {
        let mut query = self.db.prepare_cached(
            "SELECT seq, uuid, bytes FROM updates WHERE org = ?1 AND doc = ?2 AND seq > ?3 ORDER BY seq",
        )?;
        let rows = query.query_map(params![self.org, doc.to_string(), after as i64], log_row(doc))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn verdict(&mut self, client: &Id, n: u64) -> Result<Option<Verdict>> {
        self.db
            .prepare_cached(&format!("{VERDICT} AND client = ?2 AND n = ?3"))?
            .query_row(params![self.org, client.as_str(), n as i64], verdict_columns)
            .optional()?
            .map(to_verdict)
            .transpose()
    }

    fn verdict_by_uuid(&mut self, user: &Id, uuid: Uuid) -> Result<Option<Verdict>> {
        self.first_verdict(user, uuid)
    }

    fn history_page(
        &mut self,
        query: &HistoryQuery,
        may_read: &dyn Fn(&DocId) -> bool,
    ) -> Result<HistoryPage> {
        // One state of the file for the whole page.
        let _snapshot = self.db.unchecked_transaction()?;
        history::page(self, query, may_read)
    }

    fn changes_of(&mut self, user: &Id, uuid: Uuid) -> Result<Vec<Change>> {
        let rows = history::HistoryRows::of_edit(self, user, uuid)?;
        Ok(rows.into_iter().map(|(_, change)| change).collect())
    }

    fn last_writer(&mut self, doc: &DocId, table: Table, row: &str, field: Field) -> Result<Option<Id>> {
        let found: Option<String> = self
            .db
            .prepare_cached(
                "SELECT user FROM history WHERE org = ?1 AND doc = ?2 AND tbl = ?3 AND row = ?4 \
                 AND (field = ?5 OR field IS NULL) ORDER BY id DESC LIMIT 1",
            )?
            .query_row(params![self.org, doc.to_string(), table.name(), row, field.name()], |r| r.get(0))
            .optional()?;
        found.map(parse).transpose()
    }

    fn client(&mut self, client: &Id) -> Result<Option<ClientRow>> {
        let found: Option<(String, u64)> = self
            .db
            .prepare_cached("SELECT user, last_n FROM clients WHERE org = ?1 AND client = ?2")?
            .query_row(params![self.org, client.as_str()], |r| Ok((r.get(0)?, int(r, 1)?)))
            .optional()?;
        found.map(|(user, last_n)| Ok(ClientRow { user: parse(user)?, last_n })).transpose()
    }

    fn lineage(&mut self, doc: &DocId, yjs_client: u64) -> Result<Option<Lineage>> {
        let found: Option<(String, bool)> = self
            .db
            .prepare_cached(
                "SELECT user, closed FROM lineages WHERE org = ?1 AND doc = ?2 AND yjs_client = ?3",
            )?
            .query_row(params![self.org, doc.to_string(), yjs_client as i64], |r| Ok((r.get(0)?, r.get(1)?)))
            .optional()?;
        found.map(|(user, closed)| Ok(Lineage { user: parse(user)?, closed })).transpose()
    }

    fn commit(&mut self, batch: &Batch) -> Result<()> {
        let tx = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        write::write(&tx, &self.org, batch)?;
        Ok(tx.commit()?)
    }

    fn checkpoint(&mut self) -> Result<()> {
        Ok(self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }
}

pub(super) fn configure(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(BUSY_FOR)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    // NORMAL can lose acknowledged commits at a power cut.
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(())
}

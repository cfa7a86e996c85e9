//! The store on SQLite: WAL, `synchronous=FULL`, one file for all organisations.

use super::*;
use crate::membership::{Device, Invite, Member};
use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, params};
use std::path::Path;
use std::time::Duration;
use wedsync_domain::{ChangeKind, Role};

/// One file a version; `user_version` counts how many have run.
const MIGRATIONS: &[&str] = &[include_str!("migrations/001.sql")];

/// Why the hub does not start. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(
        "the data folder {path} is not writable ({why}); choose another with --data or mend its permissions"
    )]
    NotWritable { path: String, why: String },
    #[error(
        "the database {path} is damaged ({why}); nothing was changed: restore it from a backup, or move it away and start anew"
    )]
    Damaged { path: String, why: String },
    #[error(
        "the database {path} was written by a newer hub (schema {found}, this one knows {known}); start the newer version"
    )]
    Newer { path: String, found: i64, known: i64 },
    #[error("the database {path} could not be opened ({why})")]
    Other { path: String, why: String },
}

#[derive(Debug)]
pub struct SqliteStore {
    db: Connection,
    org: String,
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

    /// Creates or checks the database and brings its schema up to date. Touches nothing where that is not safe.
    pub fn prepare(path: &Path) -> std::result::Result<(), StartError> {
        let shown = path.display().to_string();
        let existed = path.exists();
        if let Some(folder) = path.parent() {
            let not_writable = |e: std::io::Error| StartError::NotWritable {
                path: folder.display().to_string(),
                why: e.to_string(),
            };
            std::fs::create_dir_all(folder).map_err(not_writable)?;
            // A probe, because permission bits alone do not tell (read-only mounts, access lists).
            let probe = folder.join(".write-probe");
            std::fs::write(&probe, b"").map_err(not_writable)?;
            let _ = std::fs::remove_file(&probe);
        }
        if existed {
            check(path, &shown)?;
        } else {
            create_private(path)
                .map_err(|e| StartError::NotWritable { path: shown.clone(), why: e.to_string() })?;
        }
        migrate(path).map_err(|e| start_error(&shown, &e))
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

fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ())
}

fn configure(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(Duration::from_secs(10))?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    // NORMAL can lose acknowledged commits at a power cut.
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(())
}

fn check(path: &Path, shown: &str) -> std::result::Result<(), StartError> {
    let run = || -> rusqlite::Result<(String, i64)> {
        // Not read-only: a WAL left by a crash must be readable, which needs its shared memory file.
        let db = Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        db.busy_timeout(Duration::from_secs(10))?;
        let version = db.query_row("PRAGMA user_version", [], |r| r.get(0))?;
        let verdict = db.query_row("PRAGMA quick_check(1)", [], |r| r.get(0))?;
        Ok((verdict, version))
    };
    match run() {
        Ok((_, found)) if found > MIGRATIONS.len() as i64 => {
            Err(StartError::Newer { path: shown.into(), found, known: MIGRATIONS.len() as i64 })
        }
        Ok((verdict, _)) if verdict != "ok" => {
            Err(StartError::Damaged { path: shown.into(), why: one_line(&verdict) })
        }
        Ok(_) => Ok(()),
        Err(e) => Err(start_error(shown, &e)),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn start_error(path: &str, e: &rusqlite::Error) -> StartError {
    let (path, why) = (path.to_owned(), one_line(&e.to_string()));
    match e.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => StartError::Damaged { path, why },
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            StartError::NotWritable { path, why }
        }
        _ => StartError::Other { path, why },
    }
}

fn migrate(path: &Path) -> rusqlite::Result<()> {
    let mut db = Connection::open(path)?;
    configure(&db)?;
    let done: i64 = db.query_row("PRAGMA user_version", [], |r| r.get(0))?;
    for (i, sql) in MIGRATIONS.iter().enumerate().skip(done as usize) {
        let tx = db.transaction()?;
        tx.execute_batch(sql)?;
        tx.pragma_update(None, "user_version", i as i64 + 1)?;
        tx.commit()?;
    }
    Ok(())
}

fn parse<T: std::str::FromStr>(text: String) -> Result<T>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|e: T::Err| StoreError(e.to_string()))
}

fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|e| StoreError(e.to_string()))
}

fn to_json<T: Serialize>(value: &T) -> Result<String> {
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
            "SELECT hash, user, role, name, helper, expires_ms, single_use, used_by FROM invites WHERE org = ?1",
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
            };
            out.invites.insert(hash, invite);
        }
        Ok(out)
    }
}

impl Store for SqliteStore {
    fn load(&mut self) -> Result<OrgState> {
        let mut state = OrgState { membership: self.load_membership()?, ..OrgState::default() };
        let mut query = self
            .db
            .prepare("SELECT doc, epoch, seq, snapshot_seq, log_base, size FROM docs WHERE org = ?1")?;
        let mut rows = query.query([&self.org])?;
        while let Some(r) = rows.next()? {
            let head = DocHead {
                epoch: int(r, 1)? as u32,
                seq: int(r, 2)?,
                snapshot_seq: int(r, 3)?,
                log_base: int(r, 4)?,
                size: int(r, 5)?,
            };
            state.docs.insert(parse(r.get(0)?)?, head);
        }
        let mut query = self.db.prepare("SELECT client, user, last_n FROM clients WHERE org = ?1")?;
        let mut rows = query.query([&self.org])?;
        while let Some(r) = rows.next()? {
            state
                .clients
                .insert(parse(r.get(0)?)?, ClientRow { user: parse(r.get(1)?)?, last_n: int(r, 2)? });
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
        self.db
            .prepare_cached(&format!("{VERDICT} AND user = ?2 AND uuid = ?3 ORDER BY rowid LIMIT 1"))?
            .query_row(params![self.org, user.as_str(), uuid.0], verdict_columns)
            .optional()?
            .map(to_verdict)
            .transpose()
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

    fn commit(&mut self, batch: &Batch) -> Result<()> {
        let tx = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        write(&tx, &self.org, batch)?;
        Ok(tx.commit()?)
    }

    fn checkpoint(&mut self) -> Result<()> {
        Ok(self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }
}

fn write(tx: &Connection, org: &str, batch: &Batch) -> Result<()> {
    for (doc, head) in &batch.heads {
        tx.prepare_cached(
            "INSERT INTO docs (org, doc, epoch, seq, snapshot_seq, log_base, size) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
             ON CONFLICT (org, doc) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, \
             snapshot_seq = excluded.snapshot_seq, log_base = excluded.log_base, size = excluded.size",
        )?
        .execute(params![
            org,
            doc.to_string(),
            head.epoch,
            head.seq as i64,
            head.snapshot_seq as i64,
            head.log_base as i64,
            head.size as i64
        ])?;
    }
    for row in &batch.log {
        tx.prepare_cached("INSERT INTO updates (org, doc, seq, uuid, bytes) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![org, row.doc.to_string(), row.seq as i64, row.uuid.0, row.bytes])?;
    }
    for snapshot in &batch.snapshots {
        let doc = snapshot.doc.to_string();
        tx.prepare_cached("UPDATE docs SET snapshot = ?3 WHERE org = ?1 AND doc = ?2")?.execute(params![
            org,
            doc,
            snapshot.bytes
        ])?;
        tx.prepare_cached("DELETE FROM updates WHERE org = ?1 AND doc = ?2 AND seq <= ?3")?
            .execute(params![org, doc, snapshot.log_base as i64])?;
    }
    for (client, row) in &batch.clients {
        tx.prepare_cached(
            "INSERT INTO clients (org, client, user, last_n) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (org, client) DO UPDATE SET last_n = excluded.last_n",
        )?
        .execute(params![org, client.as_str(), row.user.as_str(), row.last_n as i64])?;
    }
    for v in &batch.verdicts {
        tx.prepare_cached(
            "INSERT INTO verdicts (org, client, n, user, uuid, content, outcome, device, kind, made_ms, at_ms) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            org,
            v.client.as_str(),
            v.n as i64,
            v.user.as_str(),
            v.uuid.0,
            v.content,
            to_json(&v.outcome)?,
            v.device.as_ref().map(Id::as_str),
            v.kind,
            v.made_ms as i64,
            v.at_ms as i64
        ])?;
    }
    for h in &batch.history {
        let field = match &h.change.kind {
            ChangeKind::Set { field, .. } => Some(field.name()),
            ChangeKind::Insert { .. } | ChangeKind::Remove { .. } => None,
        };
        tx.prepare_cached(
            "INSERT INTO history (org, doc, seq, uuid, user, tbl, row, field, change) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            org,
            h.change.doc.to_string(),
            h.seq as i64,
            h.uuid.0,
            h.user.as_str(),
            h.change.table.name(),
            h.change.row,
            field,
            to_json(&h.change)?
        ])?;
    }
    for change in &batch.membership {
        write_membership(tx, org, change)?;
    }
    for a in &batch.audit {
        tx.prepare_cached(
            "INSERT INTO audit (org, at_ms, user, action, subject) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![org, a.at_ms as i64, a.user.as_str(), a.action, a.subject])?;
    }
    Ok(())
}

fn write_membership(tx: &Connection, org: &str, change: &MembershipWrite) -> Result<()> {
    match change {
        MembershipWrite::Org { name } => {
            tx.execute("INSERT OR REPLACE INTO orgs (org, name) VALUES (?1, ?2)", params![org, name])?
        }
        MembershipWrite::Member(m) => tx.execute(
            "INSERT OR REPLACE INTO members (org, user, name, role, helper) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![org, m.user.as_str(), m.name, m.role.name(), m.helper.as_ref().map(Id::as_str)],
        )?,
        MembershipWrite::RemoveMember(user) => {
            tx.execute("DELETE FROM members WHERE org = ?1 AND user = ?2", params![org, user.as_str()])?
        }
        MembershipWrite::Device(d) => tx.execute(
            "INSERT OR REPLACE INTO devices (org, device, user, name, x, y, created_ms, last_seen_ms, revoked) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                org,
                d.id.as_str(),
                d.user.as_str(),
                d.name,
                d.x,
                d.y,
                d.created_ms as i64,
                d.last_seen_ms as i64,
                d.revoked
            ],
        )?,
        MembershipWrite::Invite(i) => tx.execute(
            "INSERT OR REPLACE INTO invites (hash, org, user, role, name, helper, expires_ms, single_use, used_by) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                i.hash,
                org,
                i.user.as_ref().map(Id::as_str),
                i.role.name(),
                i.name,
                i.helper.as_ref().map(Id::as_str),
                i.expires_ms as i64,
                i.single_use,
                i.used_by.as_ref().map(Id::as_str)
            ],
        )?,
        MembershipWrite::RemoveInvite(hash) => {
            tx.execute("DELETE FROM invites WHERE org = ?1 AND hash = ?2", params![org, hash])?
        }
    };
    Ok(())
}

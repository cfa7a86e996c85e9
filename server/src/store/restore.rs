//! Putting a backup in the place of the database.
//!
//! Until the last step, a rename, the database of before is in its place; whatever ends the restore, it can be run
//! again. Who may do what stays as it is now: a backup gives nobody back what was taken from them since.

use super::backup::{BUSY_FOR, Partial, beside, check_integrity, shown, sync, sync_folder, with_suffix};
use super::start::{StartError, create_private, known_schema, migrate, one_line, take};
use rusqlite::{Connection, ErrorCode, OpenFlags, params};
use std::io;
use std::path::{Path, PathBuf};

/// Why nothing was restored. The database in place is the one of before.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error(transparent)]
    Folder(#[from] StartError),
    #[error("there is no backup at {0}")]
    Missing(String),
    #[error("{0} is the hub's own database; name a backup of it")]
    SameFile(String),
    #[error("{0} is not a backup of a hub; nothing was changed")]
    NotABackup(String),
    #[error("the backup {path} is damaged ({why}); nothing was changed: take another one")]
    Damaged { path: String, why: String },
    #[error(
        "the backup {path} was made by a newer hub (schema {found}, this one knows {known}); use the newer version"
    )]
    Newer { path: String, found: i64, known: i64 },
    #[error("the database {0} is in use, perhaps by a backup that is being made; wait for it and try again")]
    Busy(String),
    #[error(
        "the database {path} could not be opened or brought up to date ({why}); it is still in its place: make room, or \
         mend its permissions or its disk, and try again; or move it away, and the team is the backup's"
    )]
    NotReady { path: String, why: String },
    #[error("{path} could not be written ({why}); the database of before is in its place: try again")]
    NotWritten { path: String, why: String },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    pub organisations: usize,
    /// Where the database of before is now, if there was one.
    pub kept: Option<PathBuf>,
    /// The team is the backup's: the database of before could not be read, for this reason.
    pub unreadable: Option<String>,
}

/// The name of the copy in the making. While it is there, a restore was begun and is not finished.
pub(super) fn unfinished(database: &Path) -> PathBuf {
    with_suffix(database, ".restoring")
}

/// Puts a copy of `file` in the place of `database`, under a new generation. `send_again`: devices send again what
/// they were told was stored; else they forget it.
pub fn restore(
    database: &Path,
    file: &Path,
    now_ms: u64,
    send_again: bool,
) -> Result<Restored, RestoreError> {
    let _folder = take(database.parent().unwrap_or(Path::new(".")))?;
    if !file.is_file() {
        return Err(RestoreError::Missing(shown(file)));
    }
    if is_same(file, database) {
        return Err(RestoreError::SameFile(shown(file)));
    }
    let copy = Partial(unfinished(database));
    copy.remove();
    let not_written = |e: io::Error| RestoreError::NotWritten { path: shown(&copy.0), why: e.to_string() };
    take_copy(file, &copy.0).map_err(not_written)?;
    check_backup(&copy.0).map_err(|e| bad_backup(file, e))?;
    let (present, unreadable) = match ready(database) {
        Ok(present) => (present, None),
        Err(Unready::Unreadable(why)) => (None, Some(why)),
        Err(Unready::Other(e)) => return Err(e),
    };
    let source = file.file_name().unwrap_or_default().to_string_lossy();
    let organisations = begin_generation(&copy.0, present.as_deref(), now_ms, send_again, &source)
        .map_err(|e| not_written(io::Error::other(e)))?;
    sync(&copy.0).map_err(not_written)?;
    let kept = keep(database, now_ms).map_err(not_written)?;
    std::fs::rename(&copy.0, database).and_then(|()| sync_folder(database)).map_err(not_written)?;
    Ok(Restored { organisations, kept, unreadable })
}

/// An epoch above all that were ever used: devices of the lost time line then get a snapshot. The time covers epochs
/// of a database that nobody can read any more.
pub(super) fn epoch_after(highest: u32, now_ms: u64) -> u32 {
    let seconds = u32::try_from(now_ms / 1000).unwrap_or(u32::MAX);
    highest.saturating_add(1).max(seconds)
}

pub(super) fn generation_after(last: u64, now_ms: u64) -> u64 {
    now_ms.max(last + 1)
}

fn is_same(a: &Path, b: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let inode = |path: &Path| path.metadata().map(|m| (m.dev(), m.ino())).ok();
        inode(a).is_some() && inode(a) == inode(b)
    }
    #[cfg(not(unix))]
    {
        matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
    }
}

/// Copies the file, and what was not folded into it yet where somebody copied a database with its log.
fn take_copy(file: &Path, to: &Path) -> io::Result<()> {
    for suffix in ["", "-wal"] {
        let (from, to) = (with_suffix(file, suffix), with_suffix(to, suffix));
        if from.is_file() {
            create_private(&to)?;
            let mut target = std::fs::OpenOptions::new().write(true).open(&to)?;
            io::copy(&mut std::fs::File::open(&from)?, &mut target)?;
        }
    }
    Ok(())
}

enum BadBackup {
    NotABackup,
    Newer(i64),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for BadBackup {
    fn from(e: rusqlite::Error) -> Self {
        match e.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => BadBackup::NotABackup,
            _ => BadBackup::Sqlite(e),
        }
    }
}

/// Checks a copy of a backup and brings its schema up to date.
fn check_backup(copy: &Path) -> Result<(), BadBackup> {
    let db = open(copy)?;
    let version: i64 = db.query_row("PRAGMA user_version", [], |r| r.get(0))?;
    if version > known_schema() {
        return Err(BadBackup::Newer(version));
    }
    check_integrity(&db)?;
    if !is_hubs(&db)? {
        return Err(BadBackup::NotABackup);
    }
    drop(db);
    Ok(migrate(copy)?)
}

fn bad_backup(file: &Path, e: BadBackup) -> RestoreError {
    let path = shown(file);
    match e {
        BadBackup::NotABackup => RestoreError::NotABackup(path),
        BadBackup::Newer(found) => RestoreError::Newer { path, found, known: known_schema() },
        BadBackup::Sqlite(e) => RestoreError::Damaged { path, why: one_line(&e.to_string()) },
    }
}

enum Unready {
    Unreadable(String),
    Other(RestoreError),
}

/// Brings the present database up to date and folds its log away, so that it is one file; `None` where there is none.
fn ready(database: &Path) -> Result<Option<PathBuf>, Unready> {
    if !database.exists() {
        return Ok(None);
    }
    let run = || -> rusqlite::Result<i64> {
        let db = open(database)?;
        let found: i64 = db.query_row("PRAGMA user_version", [], |r| r.get(0))?;
        if found <= known_schema() {
            check_integrity(&db)?;
            if !is_hubs(&db)? {
                return Err(not_a_database("it is not a hub's"));
            }
            drop(db);
            migrate(database)?;
            fold(&open(database)?)?;
        }
        Ok(found)
    };
    let (path, known) = (shown(database), known_schema());
    match run() {
        Ok(found) if found > known => Err(Unready::Other(StartError::Newer { path, found, known }.into())),
        Ok(_) => Ok(Some(database.to_owned())),
        Err(e) => Err(unready(path, &e)),
    }
}

/// Only what no later try can read is unreadable: to go on with the backup's team gives back what was taken from people.
fn unready(path: String, e: &rusqlite::Error) -> Unready {
    let why = one_line(&e.to_string());
    match e.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Unready::Unreadable(why),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Unready::Other(RestoreError::Busy(path)),
        _ => Unready::Other(RestoreError::NotReady { path, why }),
    }
}

fn not_a_database(why: &str) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(
        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_NOTADB),
        Some(why.to_owned()),
    )
}

/// Whether a hub wrote it, of whatever version.
fn is_hubs(db: &Connection) -> rusqlite::Result<bool> {
    let version: i64 = db.query_row("PRAGMA user_version", [], |r| r.get(0))?;
    let tables = "SELECT count(*) FROM sqlite_schema WHERE name IN ('orgs', 'docs', 'verdicts')";
    Ok(version > 0 && db.query_row(tables, [], |r| r.get::<_, i64>(0))? == 3)
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    // Read-write, because a log left by a crash is folded in.
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    db.busy_timeout(BUSY_FOR)?;
    Ok(db)
}

/// Makes a database one file: nothing of it stays in a write-ahead log.
fn fold(db: &Connection) -> rusqlite::Result<()> {
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    db.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))
}

/// Makes the copy another generation, with the team of the present database where that can be read. Answers how many
/// organisations it holds.
fn begin_generation(
    copy: &Path,
    present: Option<&Path>,
    now_ms: u64,
    send_again: bool,
    source: &str,
) -> rusqlite::Result<usize> {
    let mut db = open(copy)?;
    if let Some(present) = present {
        db.execute("ATTACH ?1 AS present", [present.to_string_lossy()])?;
    }
    let tx = db.transaction()?;
    let highest = |column: &str, table: &str| -> rusqlite::Result<i64> {
        let of = |schema: &str| {
            let sql = format!("SELECT coalesce(max({column}), 0) FROM {schema}.{table}");
            tx.query_row(&sql, [], |r| r.get::<_, i64>(0))
        };
        Ok(of("main")?.max(if present.is_some() { of("present")? } else { 0 }))
    };
    let epoch = epoch_after(u32::try_from(highest("epoch", "docs")?).unwrap_or(u32::MAX), now_ms);
    let generation = generation_after(highest("generation", "orgs")? as u64, now_ms) as i64;
    tx.execute("UPDATE docs SET epoch = ?1", [epoch])?;
    if present.is_some() {
        tx.execute_batch(
            "INSERT INTO orgs (org, name) SELECT org, name FROM present.orgs WHERE true \
             ON CONFLICT (org) DO UPDATE SET name = excluded.name;",
        )?;
        for table in ["members", "devices", "invites"] {
            tx.execute_batch(&format!(
                "DELETE FROM main.{table} WHERE org IN (SELECT org FROM present.orgs); \
                 INSERT INTO main.{table} SELECT * FROM present.{table};"
            ))?;
        }
    }
    let organisations =
        tx.execute("UPDATE orgs SET generation = ?1, send_again = ?2", params![generation, send_again])?;
    tx.execute(
        "INSERT INTO audit (org, at_ms, user, action, subject) SELECT org, ?1, 'hub', 'restored', ?2 FROM main.orgs",
        params![now_ms as i64, source],
    )?;
    tx.commit()?;
    if present.is_some() {
        db.execute("DETACH present", [])?;
    }
    fold(&db)?;
    Ok(organisations)
}

/// Gives the database of before a second name, and takes from beside it what must not be read with the next one.
fn keep(database: &Path, now_ms: u64) -> io::Result<Option<PathBuf>> {
    if !database.exists() {
        return Ok(None);
    }
    let kept = with_suffix(database, &format!(".replaced-{now_ms}"));
    link(database, &kept)?;
    for (from, to) in beside(database).iter().zip(beside(&kept)) {
        if from.exists() {
            link(from, &to)?;
        }
    }
    sync_folder(database)?;
    for path in beside(database).iter().filter(|path| path.exists()) {
        std::fs::remove_file(path)?;
    }
    sync_folder(database)?;
    Ok(Some(kept))
}

/// A second name, or a copy where the file system has no hard links.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    match std::fs::hard_link(from, to) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => {
            std::fs::copy(from, to)?;
            sync(to)
        }
        linked => linked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::ffi;

    #[test]
    fn only_what_is_damaged_is_given_up() {
        let of = |code| {
            let e = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            match unready("hub.sqlite".into(), &e) {
                Unready::Unreadable(_) => "unreadable",
                Unready::Other(RestoreError::Busy(_)) => "busy",
                Unready::Other(RestoreError::NotReady { .. }) => "not ready",
                Unready::Other(e) => panic!("{e}"),
            }
        };
        for damaged in [ffi::SQLITE_NOTADB, ffi::SQLITE_CORRUPT, ffi::SQLITE_CORRUPT_INDEX] {
            assert_eq!(of(damaged), "unreadable");
        }
        for busy in [ffi::SQLITE_BUSY, ffi::SQLITE_LOCKED] {
            assert_eq!(of(busy), "busy");
        }
        let passing = [
            ffi::SQLITE_FULL,
            ffi::SQLITE_IOERR_WRITE,
            ffi::SQLITE_READONLY,
            ffi::SQLITE_PERM,
            ffi::SQLITE_CANTOPEN,
            ffi::SQLITE_NOMEM,
            ffi::SQLITE_ERROR,
        ];
        for code in passing {
            assert_eq!(of(code), "not ready", "{code}");
        }
    }

    #[test]
    fn what_no_hub_wrote_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("other.sqlite");
        Connection::open(&other)
            .unwrap()
            .execute_batch("CREATE TABLE orgs (x); CREATE TABLE mine (x)")
            .unwrap();
        let before = std::fs::read(&other).unwrap();
        assert!(matches!(ready(&other), Err(Unready::Unreadable(why)) if why == "it is not a hub's"));
        assert_eq!(std::fs::read(&other).unwrap(), before);
        assert!(matches!(ready(folder.path()), Err(Unready::Other(RestoreError::NotReady { .. }))));
        assert!(matches!(ready(&folder.path().join("none")), Ok(None)));
    }
}

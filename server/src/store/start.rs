//! Bringing a database up: created, checked, its schema brought up to date; or a clear word why not.

use super::sqlite::configure;
use rusqlite::{Connection, ErrorCode};
use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

/// One file a version; `user_version` counts how many have run.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/001.sql"),
    include_str!("migrations/002.sql"),
    include_str!("migrations/003.sql"),
    include_str!("migrations/004.sql"),
    include_str!("migrations/005.sql"),
];

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
    #[error("another hub is running on the data folder {path}; stop it, or choose another with --data")]
    InUse { path: String },
    #[error("the database {path} could not be opened ({why})")]
    Other { path: String, why: String },
}

/// Takes a data folder for this process alone, until the file is dropped or the process ends. Two hubs on one folder
/// would judge apart from each other, and acknowledge both.
pub fn take(folder: &Path) -> std::result::Result<File, StartError> {
    let shown = || folder.display().to_string();
    let not_writable = |e: std::io::Error| StartError::NotWritable { path: shown(), why: e.to_string() };
    std::fs::create_dir_all(folder).map_err(not_writable)?;
    let file = File::create(folder.join("hub.lock")).map_err(not_writable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StartError::InUse { path: shown() }),
        Err(TryLockError::Error(e)) => Err(not_writable(e)),
    }
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
    let unfinished = super::restore::unfinished(path);
    if unfinished.exists() {
        tracing::warn!(
            left_over = %unfinished.display(),
            "a restore was interrupted; the database in place is the one of before it: restore again, or delete what is left over"
        );
    }
    if existed {
        check(path, &shown)?;
    } else {
        create_private(path)
            .map_err(|e| StartError::NotWritable { path: shown.clone(), why: e.to_string() })?;
    }
    migrate(path).map_err(|e| start_error(&shown, &e))
}

pub(super) fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ())
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
        Ok((_, found)) if found > known_schema() => {
            Err(StartError::Newer { path: shown.into(), found, known: known_schema() })
        }
        Ok((verdict, _)) if verdict != "ok" => {
            Err(StartError::Damaged { path: shown.into(), why: one_line(&verdict) })
        }
        Ok(_) => Ok(()),
        Err(e) => Err(start_error(shown, &e)),
    }
}

pub(super) fn one_line(text: &str) -> String {
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

pub(super) fn known_schema() -> i64 {
    MIGRATIONS.len() as i64
}

pub(super) fn migrate(path: &Path) -> rusqlite::Result<()> {
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

//! A consistent copy of the database, also while a hub serves it.

use super::start::{create_private, one_line};
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long to wait for others who use the database.
pub(super) const BUSY_FOR: Duration = Duration::from_secs(10);

/// Why there is no backup. Nothing is left of it, and the database is as it was.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("there is no database at {0}; name the hub's data folder with --data")]
    NoDatabase(String),
    #[error("{0} is there already, and a backup overwrites nothing; choose another name")]
    Exists(String),
    #[error("the backup {path} could not be written ({why}); choose another place, or make room")]
    NotWritten { path: String, why: String },
    #[error("the database {path} could not be copied ({why}); if it is damaged, restore an earlier backup")]
    NotCopied { path: String, why: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backup {
    pub bytes: u64,
    pub organisations: usize,
}

/// Copies the database to `file`, which appears only once it is whole, checked and on disk.
pub fn backup(database: &Path, file: &Path) -> Result<Backup, BackupError> {
    let not_written =
        |e: io::Error| BackupError::NotWritten { path: shown(file), why: one_line(&e.to_string()) };
    if !database.is_file() {
        return Err(BackupError::NoDatabase(shown(database)));
    }
    // Before the work; what counts is the name that it gets at the end.
    refuse_existing(file)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let partial = Partial(file.with_file_name(format!(".{name}.partial-{}", std::process::id())));
    partial.remove();
    create_private(&partial.0).map_err(not_written)?;
    let organisations = copy(database, &partial.0).map_err(|e| match e.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull | rusqlite::ErrorCode::SystemIoFailure) => {
            not_written(io::Error::other(e))
        }
        _ => BackupError::NotCopied { path: shown(database), why: one_line(&e.to_string()) },
    })?;
    sync(&partial.0).map_err(not_written)?;
    let bytes = partial.0.metadata().map_err(not_written)?.len();
    give_name(&partial, file)?;
    sync_folder(file).map_err(not_written)?;
    Ok(Backup { bytes, organisations })
}

fn refuse_existing(file: &Path) -> Result<(), BackupError> {
    match file.symlink_metadata() {
        Ok(_) => Err(BackupError::Exists(shown(file))),
        Err(_) => Ok(()),
    }
}

/// By a hard link, which takes nobody's place: of two backups that finish together under one name, one is refused.
fn give_name(partial: &Partial, file: &Path) -> Result<(), BackupError> {
    match std::fs::hard_link(&partial.0, file) {
        Ok(()) => partial.remove(),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => return Err(BackupError::Exists(shown(file))),
        // The file system has no hard links.
        Err(_) => {
            refuse_existing(file)?;
            std::fs::rename(&partial.0, file)
                .map_err(|e| BackupError::NotWritten { path: shown(file), why: one_line(&e.to_string()) })?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> rusqlite::Result<usize> {
    let db = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    db.busy_timeout(BUSY_FOR)?;
    db.execute("VACUUM INTO ?1", [to.to_string_lossy()])?;
    let copy = Connection::open_with_flags(to, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    check_integrity(&copy)?;
    copy.query_row("SELECT count(*) FROM orgs", [], |r| r.get::<_, i64>(0)).map(|count| count as usize)
}

/// An error where SQLite finds anything wrong.
pub(super) fn check_integrity(db: &Connection) -> rusqlite::Result<()> {
    let verdict: String = db.query_row("PRAGMA integrity_check(1)", [], |r| r.get(0))?;
    if verdict == "ok" {
        return Ok(());
    }
    let corrupt = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    Err(rusqlite::Error::SqliteFailure(corrupt, Some(verdict)))
}

pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}

pub(super) fn sync(file: &Path) -> io::Result<()> {
    File::open(file)?.sync_all()
}

/// A new name in a folder is durable only once the folder is.
pub(super) fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    sync(folder)
}

/// The names of what SQLite keeps beside a database.
pub(super) fn beside(database: &Path) -> [PathBuf; 3] {
    ["-wal", "-journal", "-shm"].map(|suffix| with_suffix(database, suffix))
}

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// A copy in the making: removed, unless it has got another name.
pub(super) struct Partial(pub PathBuf);

impl Partial {
    pub fn remove(&self) {
        for path in beside(&self.0).iter().chain([&self.0]) {
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        self.remove();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_backups_that_finish_under_one_name_the_second_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("backup.sqlite");
        let partial = |name: &str| {
            let partial = Partial(folder.path().join(name));
            std::fs::write(&partial.0, name).unwrap();
            partial
        };
        let (first, second) = (partial("first"), partial("second"));
        give_name(&first, &file).unwrap();
        assert!(matches!(give_name(&second, &file), Err(BackupError::Exists(_))));
        drop((first, second));
        assert_eq!(std::fs::read(&file).unwrap(), b"first");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    }
}

//! All organisations of one process.

use crate::actor::{self, Handle};
use crate::auth::{Auth, AuthError, Identity};
use crate::limits::Limits;
use crate::membership::Membership;
use crate::organisation::{Outside, Request};
use crate::room::Folding;
use crate::store::{self, HistoryPage, HistoryQuery, SqliteStore, StartError, Store, StoreError};
use crate::yjs::refusals::Refusals;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::{Semaphore, oneshot};
use wedsync_domain::ids::Uuid;
use wedsync_domain::{DocId, Id};
use wedsync_protocol::FaultCode;

/// How long a request waits for an organisation that is being loaded, and the end for the last commit.
const LOAD_WAIT: Duration = Duration::from_secs(10);
const STOP_WAIT: Duration = Duration::from_secs(10);

/// Pages of history that are read at once: the disk is the actors' first.
const HISTORY_READERS: usize = 4;

/// The database's name in the data folder.
pub const DATABASE: &str = "hub.sqlite";

#[derive(Debug)]
pub struct Hub {
    database: PathBuf,
    /// Every organisation there is; its actor where one is running.
    orgs: Mutex<BTreeMap<Id, Option<Handle>>>,
    pub auth: Auth,
    pub limits: Limits,
    pub refusals: Refusals,
    pub allowed_origins: Vec<String>,
    sessions: AtomicU64,
    history_readers: Semaphore,
}

impl Hub {
    /// Prepares the database and starts. `allowed_origins` are those of pages served from elsewhere.
    pub fn open(data: &Path, auth: Auth, allowed_origins: Vec<String>) -> Result<Hub, StartError> {
        let database = data.join(DATABASE);
        store::prepare(&database)?;
        let failed =
            |e: StoreError| StartError::Other { path: database.display().to_string(), why: e.to_string() };
        let orgs = SqliteStore::orgs(&database).map_err(failed)?;
        Ok(Hub {
            orgs: Mutex::new(orgs.into_iter().map(|org| (org, None)).collect()),
            database,
            auth,
            limits: Limits::default(),
            refusals: Refusals::default(),
            allowed_origins,
            sessions: AtomicU64::new(1),
            history_readers: Semaphore::new(HISTORY_READERS),
        })
    }

    pub fn session_number(&self) -> u64 {
        self.sessions.fetch_add(1, Ordering::Relaxed)
    }

    /// The way to an organisation, its actor started and loaded.
    pub async fn org(&self, org: &Id) -> Result<Option<(Handle, Arc<Membership>)>, AuthError> {
        let later =
            || AuthError::new(FaultCode::TryLater, "the hub's store is not available; try again later");
        let Some(mut handle) = self.handle(org).map_err(|_| later())? else { return Ok(None) };
        let loaded = handle.membership.wait_for(Option::is_some);
        let loaded =
            tokio::time::timeout(LOAD_WAIT, loaded).await.map(|seen| seen.ok().and_then(|m| m.clone()));
        let membership = loaded.ok().flatten().ok_or_else(later)?;
        Ok(Some((handle, membership)))
    }

    fn handle(&self, org: &Id) -> std::io::Result<Option<Handle>> {
        // The lock is held over look-up and start: two callers must never start two actors.
        let mut orgs = self.orgs.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(slot) = orgs.get_mut(org) else { return Ok(None) };
        if let Some(handle) = slot {
            return Ok(Some(handle.clone()));
        }
        let (path, name) = (self.database.clone(), org.clone());
        let handle = actor::start(Outside {
            org: org.clone(),
            open: Box::new(move || SqliteStore::open(&path, &name)),
            clock: Box::new(now_ms),
            yjs_client: Box::new(yjs_client),
            folding: Folding::default(),
        })?;
        *slot = Some(handle.clone());
        Ok(Some(handle))
    }

    /// Who a token speaks for, with the way to their organisation.
    pub async fn verify(&self, token: &str) -> Result<(Identity, Handle, Arc<Membership>), AuthError> {
        let stranger = || AuthError::new(FaultCode::Unauthorized, "the token does not verify; sign in again");
        // Unverified: finds the organisation, whose team holds the keys of its devices.
        let org = crate::auth::claimed_org(token).ok_or_else(stranger)?;
        let found = self.org(&org).await?;
        let team = found.as_ref().map(|(_, team)| team.clone());
        let identity = self.auth.verify(token, now_ms(), move |_| team)?;
        match found {
            Some((handle, membership)) if identity.org == org => Ok((identity, handle, membership)),
            _ => Err(stranger()),
        }
    }

    /// A page of an organisation's history, read beside its actor.
    pub async fn history(
        &self,
        org: &Id,
        query: HistoryQuery,
        may_read: impl Fn(&DocId) -> bool + Send + 'static,
    ) -> Result<HistoryPage, StoreError> {
        let (path, org) = (self.database.clone(), org.clone());
        let _turn = self.history_readers.acquire().await.map_err(|e| StoreError(e.to_string()))?;
        let read = move || SqliteStore::open_to_read(&path, &org)?.history_page(&query, &may_read);
        tokio::task::spawn_blocking(read).await.unwrap_or_else(|e| Err(StoreError(e.to_string())))
    }

    pub async fn org_of_invite(&self, hash: String) -> Result<Option<Id>, StoreError> {
        let path = self.database.clone();
        let found = tokio::task::spawn_blocking(move || SqliteStore::org_of_invite(&path, &hash)).await;
        found.unwrap_or_else(|e| Err(StoreError(e.to_string())))
    }

    /// Commits what is judged, tells every session and folds the write-ahead log.
    pub async fn stop(&self) {
        let handles: Vec<Handle> = {
            let orgs = self.orgs.lock().unwrap_or_else(PoisonError::into_inner);
            orgs.values().flatten().cloned().collect()
        };
        for handle in handles {
            let (done, stopped) = oneshot::channel();
            if handle.requests.send(Request::Stop(done)).await.is_ok() {
                let _ = tokio::time::timeout(STOP_WAIT, stopped).await;
            }
        }
    }
}

/// Milliseconds since 1970.
pub fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64)
}

pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(e) = getrandom::fill(&mut bytes) {
        // Codes and ids without randomness would be guessable: no service is better.
        panic!("the operating system gives no randomness: {e}");
    }
    bytes
}

/// A Yjs client id: 53 bits, so that it is a whole number in JavaScript.
pub fn yjs_client() -> u64 {
    u64::from_be_bytes(random()) >> 11
}

pub fn fresh_id() -> Id {
    Uuid::v7(now_ms(), random()).id()
}

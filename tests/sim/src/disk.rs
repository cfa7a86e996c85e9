//! The hub's disk: what is committed survives, and a commit can fail, or be the last thing that the process does.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wedsync_domain::ids::Uuid;
use wedsync_domain::{Change, DocId, Field, Id, Table};
use wedsync_hub::store::{
    Batch, ClientRow, HistoryPage, HistoryQuery, Lineage, LogRow, MemoryStore, OrgState, Result, Store,
    StoreError, Verdict,
};

/// What happens at the next commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    Refused,
    DiesBefore,
    DiesAfter,
}

type Hook = Arc<dyn Fn() + Send + Sync>;

#[derive(Default)]
struct State {
    trouble: Option<Trouble>,
    dead: bool,
    /// Called before each commit is written: what else runs meanwhile.
    meanwhile: Option<Hook>,
}

/// Clones are handles to the same disk.
#[derive(Clone, Default)]
pub struct Disk {
    pub tables: MemoryStore,
    state: Arc<Mutex<State>>,
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Disk").field("dead", &self.is_dead()).finish_non_exhaustive()
    }
}

impl Disk {
    pub fn new(tables: MemoryStore, meanwhile: impl Fn() + Send + Sync + 'static) -> Disk {
        let state = State { meanwhile: Some(Arc::new(meanwhile)), ..State::default() };
        Disk { tables, state: Arc::new(Mutex::new(state)) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn trouble(&self, trouble: Option<Trouble>) {
        self.state().trouble = trouble;
    }

    /// Whether the process died in a commit.
    pub fn is_dead(&self) -> bool {
        self.state().dead
    }
}

impl Store for Disk {
    fn load(&mut self) -> Result<OrgState> {
        self.tables.load()
    }

    fn document(&mut self, doc: &DocId) -> Result<(Option<Vec<u8>>, Vec<LogRow>)> {
        self.tables.document(doc)
    }

    fn log(&mut self, doc: &DocId, after: u64) -> Result<Vec<LogRow>> {
        self.tables.log(doc, after)
    }

    fn verdict(&mut self, client: &Id, n: u64) -> Result<Option<Verdict>> {
        self.tables.verdict(client, n)
    }

    fn verdict_by_uuid(&mut self, user: &Id, uuid: Uuid) -> Result<Option<Verdict>> {
        self.tables.verdict_by_uuid(user, uuid)
    }

    fn changes_of(&mut self, user: &Id, uuid: Uuid) -> Result<Vec<Change>> {
        self.tables.changes_of(user, uuid)
    }

    fn last_writer(&mut self, doc: &DocId, table: Table, row: &str, field: Field) -> Result<Option<Id>> {
        self.tables.last_writer(doc, table, row, field)
    }

    fn history_page(
        &mut self,
        query: &HistoryQuery,
        may_read: &dyn Fn(&DocId) -> bool,
    ) -> Result<HistoryPage> {
        self.tables.history_page(query, may_read)
    }

    fn client(&mut self, client: &Id) -> Result<Option<ClientRow>> {
        self.tables.client(client)
    }

    fn lineage(&mut self, doc: &DocId, yjs_client: u64) -> Result<Option<Lineage>> {
        self.tables.lineage(doc, yjs_client)
    }

    fn commit(&mut self, batch: &Batch) -> Result<()> {
        let meanwhile = self.state().meanwhile.clone();
        if let Some(meanwhile) = meanwhile {
            meanwhile();
        }
        let (trouble, dead) = {
            let mut state = self.state();
            let trouble = state.trouble.take();
            state.dead |= matches!(trouble, Some(Trouble::DiesBefore | Trouble::DiesAfter));
            (trouble, state.dead)
        };
        match trouble {
            Some(Trouble::Refused) => return Err(StoreError("the disk is full".into())),
            Some(Trouble::DiesAfter) => self.tables.commit(batch)?,
            Some(Trouble::DiesBefore) | None => {}
        }
        if dead {
            return Err(StoreError("the process is dead".into()));
        }
        self.tables.commit(batch)
    }
}

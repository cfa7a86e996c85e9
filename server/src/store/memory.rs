//! The store in memory, for tests and simulation. Can be told to fail, and shared to play a restart.

use super::*;
use std::sync::{Arc, Mutex, MutexGuard};
use wedsync_domain::ChangeKind;
use wedsync_protocol::bugs::{Bug, bug};

#[derive(Clone, Debug, Default)]
struct Tables {
    state: OrgState,
    snapshots: BTreeMap<DocId, Vec<u8>>,
    log: BTreeMap<(DocId, u64), LogRow>,
    clients: BTreeMap<Id, ClientRow>,
    lineages: BTreeMap<(DocId, u64), Lineage>,
    verdicts: BTreeMap<(Id, u64), Verdict>,
    /// The first verdict on each mutation.
    by_uuid: BTreeMap<(Id, Uuid), (Id, u64)>,
    history: Vec<HistoryRow>,
    audit: Vec<AuditRow>,
    /// All that was ever committed, in order.
    journal: Vec<Arc<Batch>>,
    fail_commits: u32,
    panic_reads: bool,
}

/// A clone is another handle to the same tables.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore(Arc<Mutex<Tables>>);

impl MemoryStore {
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A copy that shares nothing, as a backup is.
    pub fn duplicate(&self) -> MemoryStore {
        MemoryStore(Arc::new(Mutex::new(self.tables().clone())))
    }

    /// What [`super::restore`] makes of this copy, in place of the present store.
    pub fn restored(&self, present: &MemoryStore, now_ms: u64, send_again: bool) -> MemoryStore {
        let mut tables = self.tables().clone();
        let present = present.tables().state.clone();
        let epochs = tables.state.docs.values().chain(present.docs.values()).map(|head| head.epoch);
        let epoch = epoch_after(epochs.max().unwrap_or(0), now_ms);
        for head in tables.state.docs.values_mut().filter(|_| !bug(Bug::EpochKept)) {
            head.epoch = epoch;
        }
        let last = tables.state.generation.number.max(present.generation.number);
        tables.state.generation = Generation { number: generation_after(last, now_ms), send_again };
        tables.state.membership = present.membership;
        MemoryStore(Arc::new(Mutex::new(tables)))
    }

    /// Lets the next commits fail.
    pub fn fail_commits(&self, count: u32) {
        self.tables().fail_commits = count;
    }

    /// Plays a defect in the judging: looking up an author panics.
    pub fn panic_reads(&self, panic: bool) {
        self.tables().panic_reads = panic;
    }

    pub fn verdicts(&self) -> Vec<Verdict> {
        self.tables().verdicts.values().cloned().collect()
    }

    /// What was committed after the first `seen` batches, in order.
    pub fn journal(&self, seen: usize) -> Vec<Arc<Batch>> {
        self.tables().journal[seen..].to_vec()
    }

    /// How many batches were committed.
    pub fn committed(&self) -> usize {
        self.tables().journal.len()
    }

    pub fn history(&self) -> Vec<HistoryRow> {
        self.tables().history.clone()
    }
}

impl history::HistoryRows for Tables {
    fn newest(&self, query: &HistoryQuery, below: u64) -> Result<Option<(u64, Id, Uuid)>> {
        let found = self.history.iter().enumerate().rev().find(|(i, row)| {
            (*i as u64) < below
                && query.edit.is_none_or(|uuid| uuid == row.uuid)
                && query.by.as_ref().is_none_or(|by| *by == row.user)
                && query.subject.concerns(&row.change)
        });
        Ok(found.map(|(i, row)| (i as u64, row.user.clone(), row.uuid)))
    }

    fn of_edit(&self, user: &Id, uuid: Uuid) -> Result<Vec<(u64, Change)>> {
        let rows = self.history.iter().enumerate().filter(|(_, row)| row.user == *user && row.uuid == uuid);
        Ok(rows.map(|(i, row)| (i as u64, row.change.clone())).collect())
    }

    fn verdict_on(&self, user: &Id, uuid: Uuid) -> Result<Option<Verdict>> {
        let at = self.by_uuid.get(&(user.clone(), uuid));
        Ok(at.and_then(|at| self.verdicts.get(at)).cloned())
    }

    fn is_deleted(&self, doc: &DocId) -> Result<bool> {
        Ok(self.state.docs.get(doc).is_some_and(|head| head.deleted))
    }
}

impl Store for MemoryStore {
    fn load(&mut self) -> Result<OrgState> {
        Ok(self.tables().state.clone())
    }

    fn document(&mut self, doc: &DocId) -> Result<(Option<Vec<u8>>, Vec<LogRow>)> {
        let (snapshot, seq) = {
            let tables = self.tables();
            let seq = tables.state.docs.get(doc).map_or(0, |h| h.snapshot_seq);
            (tables.snapshots.get(doc).cloned(), seq)
        };
        Ok((snapshot, self.log(doc, seq)?))
    }

    fn log(&mut self, doc: &DocId, after: u64) -> Result<Vec<LogRow>> {
        let tables = self.tables();
        let range = (doc.clone(), after + 1)..=(doc.clone(), u64::MAX);
        Ok(tables.log.range(range).map(|(_, row)| row.clone()).collect())
    }

    fn verdict(&mut self, client: &Id, n: u64) -> Result<Option<Verdict>> {
        Ok(self.tables().verdicts.get(&(client.clone(), n)).cloned())
    }

    fn verdict_by_uuid(&mut self, user: &Id, uuid: Uuid) -> Result<Option<Verdict>> {
        history::HistoryRows::verdict_on(&*self.tables(), user, uuid)
    }

    fn changes_of(&mut self, user: &Id, uuid: Uuid) -> Result<Vec<Change>> {
        let rows = history::HistoryRows::of_edit(&*self.tables(), user, uuid)?;
        Ok(rows.into_iter().map(|(_, change)| change).collect())
    }

    fn last_writer(&mut self, doc: &DocId, table: Table, row: &str, field: Field) -> Result<Option<Id>> {
        assert!(!self.tables().panic_reads, "told to panic");
        let wrote = |c: &Change| {
            c.doc == *doc
                && c.table == table
                && c.row == row
                && !matches!(&c.kind, ChangeKind::Set { field: other, .. } if *other != field)
        };
        Ok(self.tables().history.iter().rev().find(|h| wrote(&h.change)).map(|h| h.user.clone()))
    }

    fn history_page(
        &mut self,
        query: &HistoryQuery,
        may_read: &dyn Fn(&DocId) -> bool,
    ) -> Result<HistoryPage> {
        history::page(&*self.tables(), query, may_read)
    }

    fn client(&mut self, client: &Id) -> Result<Option<ClientRow>> {
        Ok(self.tables().clients.get(client).cloned())
    }

    fn lineage(&mut self, doc: &DocId, yjs_client: u64) -> Result<Option<Lineage>> {
        Ok(self.tables().lineages.get(&(doc.clone(), yjs_client)).cloned())
    }

    fn commit(&mut self, batch: &Batch) -> Result<()> {
        let mut tables = self.tables();
        if tables.fail_commits > 0 {
            tables.fail_commits -= 1;
            return Err(StoreError("told to fail".into()));
        }
        tables.journal.push(Arc::new(batch.clone()));
        tables.state.docs.extend(batch.heads.clone());
        for (gone, _) in batch.heads.iter().filter(|(_, head)| head.deleted) {
            tables.snapshots.remove(gone);
            tables.log.retain(|(doc, _), _| doc != gone);
            tables.lineages.retain(|(doc, _), _| doc != gone);
        }
        for row in &batch.log {
            let before = tables.log.insert((row.doc.clone(), row.seq), row.clone());
            assert!(before.is_none(), "{} has two commits {}", row.doc, row.seq);
        }
        for s in &batch.snapshots {
            tables.snapshots.insert(s.doc.clone(), s.bytes.clone());
            tables.log.retain(|(doc, seq), _| *doc != s.doc || *seq > s.log_base);
        }
        tables.clients.extend(batch.clients.clone());
        tables.lineages.extend(batch.lineages.clone());
        for v in &batch.verdicts {
            let at = (v.client.clone(), v.n);
            tables.by_uuid.entry((v.user.clone(), v.uuid)).or_insert_with(|| at.clone());
            let before = tables.verdicts.insert(at, v.clone());
            assert!(before.is_none(), "two verdicts on {} {}", v.client, v.n);
        }
        tables.history.extend(batch.history.iter().cloned());
        tables.audit.extend(batch.audit.iter().cloned());
        for change in &batch.membership {
            tables.state.membership.apply(change);
        }
        Ok(())
    }
}

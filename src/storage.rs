//! Each store effect of the engine as one transaction.

use wedsync_domain::ordered::{OrdSet, sort, sort_by_key};

use wedsync_domain::ids::Uuid;
use wedsync_domain::{Actor, DocId, Id, schema};
use wedsync_protocol::bugs::{Bug, bug};
use wedsync_protocol::{Body, DocUpdate};

use crate::ports::{Durability, ReadTx, Space, Store, StoreError, WriteTx};
use crate::record::{
    OutboxRow, PackedView, Position, Receipt, Snapshot, Step, VIEW_CODE, log_key, log_prefix, pack, row_key,
    row_number, step_key, unpack,
};

/// Version of what the records mean. Older ones are migrated when opened; newer ones are refused.
const FORMAT: u32 = 2;

pub(crate) const CLIENT: &str = "client";
/// The number before the first row of the client: the hub counts each client's rows from 1.
const BASE: &str = "base";
/// Rows below this number that are not in the queue are gone for good.
const GONE_TO: &str = "gone_to";
const NETWORK_EPOCH: &str = "network_epoch";
const ACTOR: &str = "actor";
const SYNCED: &str = "synced_at";
const COMMITS: &str = "commits";
const FORMAT_KEY: &str = "format";
const GENERATION: &str = "generation";

#[derive(Clone, Debug)]
pub enum Op {
    /// Reads all that a tab needs to show something. A new replica takes `fresh_client` as its client number.
    Load {
        fresh_client: Id,
    },
    /// Numbers rows and commits them strictly.
    Append(Vec<OutboxRow>),
    /// Takes the network: from now on commits of an earlier holder fail.
    TakeNetwork,
    Commit(Box<Commit>),
    ReadDocs(Vec<DocId>),
    PutViews(Vec<(DocId, PackedView)>),
    /// The documents behind these packed views do not read: from now on loading says so.
    DropViews(Vec<DocId>),
    /// Folds a document's log into a snapshot.
    Compact {
        network_epoch: u64,
        doc: DocId,
        snapshot: Snapshot,
    },
    Dismiss(Vec<Uuid>),
    /// Takes a new client number; unanswered rows are numbered again, in order. Where the hub was restored from a
    /// backup, what it had stored before waits in front of them again, or is forgotten.
    NewClient {
        network_epoch: u64,
        client: Id,
        restored: Option<Restored>,
    },
}

/// The hub was restored from a backup: what it said was stored may be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    pub generation: u64,
    pub send_again: bool,
}

/// What came from the hub, written by the holder of the network in one transaction.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    /// Counts the commits of this store; given when it is written.
    pub number: u64,
    pub network_epoch: u64,
    pub verdicts: Vec<Receipt>,
    pub docs: Vec<DocUpdate>,
    /// Rows whose effect canonical now holds, by number and identity.
    pub landed: Vec<(u64, Uuid)>,
    /// Receipts old enough to go, in runs that have no other that is known among them.
    pub prune: Vec<Vec<Uuid>>,
    /// What rows that landed changed, in the order they were made.
    pub steps: Vec<Step>,
    /// The keys of steps old enough to go: all up to the last of them.
    pub forget_steps: Vec<String>,
    pub actor: Option<Actor>,
    /// The hub's generation, where it was not known before.
    pub generation: Option<u64>,
    pub synced_ms: Option<u64>,
}

#[derive(Clone, Debug)]
pub enum Done {
    Loaded(Box<Loaded>),
    /// The rows with their numbers.
    Appended(Vec<OutboxRow>),
    NetworkTaken {
        epoch: u64,
    },
    Committed(Box<Commit>),
    Docs(Vec<(DocId, Option<StoredDoc>)>),
    Nothing,
    Dismissed(Vec<Uuid>),
    ClientTaken,
    ViewsDropped,
}

#[derive(Clone, Debug)]
pub struct Loaded {
    pub client: Id,
    /// The number before the client's first row.
    pub base: u64,
    /// No row that comes gets a number below this one: those below it that are not among `rows` are gone for good.
    pub next_n: u64,
    /// Whether the replica was made by this very load.
    pub fresh: bool,
    /// The number of the last commit that is in here.
    pub commits: u64,
    pub actor: Option<Actor>,
    /// The generation of the hub whose answers are in here; `None` before the first.
    pub generation: Option<u64>,
    pub synced_ms: Option<u64>,
    pub rows: Vec<OutboxRow>,
    pub receipts: Vec<Receipt>,
    /// By key, the oldest first.
    pub steps: Vec<(String, Step)>,
    pub docs: Vec<(DocId, LoadedDoc)>,
}

#[derive(Clone, Debug)]
pub enum LoadedDoc {
    /// A view that is up to date; the Yjs document stays packed.
    View(PackedView),
    Stored(StoredDoc),
    /// It is there and does not read.
    Damaged,
}

impl LoadedDoc {
    /// Where it stands; `None` where that is of no use.
    pub fn at(&self) -> Option<Position> {
        match self {
            LoadedDoc::View(view) => Some(view.at),
            LoadedDoc::Stored(stored) => Some(stored.at),
            LoadedDoc::Damaged => None,
        }
    }
}

#[derive(Clone, Debug)]
pub struct StoredDoc {
    pub at: Position,
    pub snapshot: Option<Vec<u8>>,
    pub log: Vec<Vec<u8>>,
}

/// Performs one operation. A failed one has changed nothing.
pub async fn perform<S: Store>(store: &S, op: Op) -> Result<Done, StoreError> {
    match op {
        Op::Load { fresh_client } => load(store, fresh_client).await.map(|l| Done::Loaded(Box::new(l))),
        Op::Append(rows) => append(store, rows).await.map(Done::Appended),
        Op::TakeNetwork => take_network(store).await,
        Op::Commit(commit) => write_commit(store, *commit).await.map(|c| Done::Committed(Box::new(c))),
        Op::ReadDocs(docs) => read_docs(store, docs).await.map(Done::Docs),
        Op::PutViews(views) => put_views(store, views).await,
        Op::DropViews(docs) => drop_views(store, docs).await,
        Op::Compact { network_epoch, doc, snapshot } => compact(store, network_epoch, &doc, snapshot).await,
        Op::Dismiss(uuids) => dismiss(store, uuids).await,
        Op::NewClient { network_epoch, client, restored } => {
            new_client(store, network_epoch, &client, restored).await
        }
    }
}

async fn load<S: Store>(store: &S, fresh_client: Id) -> Result<Loaded, StoreError> {
    let mut tx = store.read().await?;
    let fresh = tx.get(Space::Meta, CLIENT).await?.is_none();
    if fresh {
        create(store, &fresh_client).await?;
        tx = store.read().await?;
    }
    let format: u32 = meta(&tx, FORMAT_KEY).await?.unwrap_or(1);
    if format > FORMAT {
        return Err(StoreError::Newer);
    }
    if format < FORMAT {
        number_rows(store).await?;
        tx = store.read().await?;
    }
    let client = meta(&tx, CLIENT).await?.ok_or_else(|| StoreError::Damaged("no client number".into()))?;
    let mut docs = Vec::new();
    // Each goes as soon as it is unpacked: together they are most of what is read.
    let mut views = tx.scan(Space::Views, "").await?;
    for (key, bytes) in tx.scan(Space::Heads, "").await? {
        let Ok(doc) = key.parse::<DocId>() else { continue };
        let Ok(at) = unpack::<Position>(&bytes, "head") else {
            docs.push((doc, LoadedDoc::Damaged));
            continue;
        };
        let view = views
            .binary_search_by(|(k, _)| k.as_str().cmp(&key))
            .ok()
            .and_then(|i| unpack::<PackedView>(&std::mem::take(&mut views[i].1), "view").ok())
            .filter(|v| v.schema == schema::SCHEMA && v.code == VIEW_CODE)
            .filter(|v| v.at == at || bug(Bug::StaleViewOverlaid));
        let loaded = match view {
            Some(view) => LoadedDoc::View(PackedView { at, ..view }),
            None => readable(read_doc(&tx, &doc, at).await)?.map_or(LoadedDoc::Damaged, LoadedDoc::Stored),
        };
        docs.push((doc, loaded));
    }
    let rows = queued(&tx).await?;
    let receipts = tx.scan(Space::Receipts, "").await?;
    Ok(Loaded {
        client,
        base: meta(&tx, BASE).await?.unwrap_or(0),
        next_n: next_number(&tx, &rows).await?,
        fresh,
        commits: meta(&tx, COMMITS).await?.unwrap_or(0),
        actor: meta(&tx, ACTOR).await?,
        generation: meta(&tx, GENERATION).await?,
        synced_ms: meta(&tx, SYNCED).await?,
        rows,
        receipts: readable_receipts(&receipts),
        steps: readable_steps(tx.scan(Space::Steps, "").await?),
        docs,
    })
}

/// The rows of the queue, in order. An unreadable edit keeps people from their plan, or it would be lost.
async fn queued<T: ReadTx>(tx: &T) -> Result<Vec<OutboxRow>, StoreError> {
    let rows = tx.scan(Space::Queue, "").await?;
    rows.iter()
        .map(|(key, bytes)| Ok(OutboxRow { n: row_number(key).unwrap_or(0), ..unpack(bytes, "outbox row")? }))
        .collect()
}

/// No row that comes gets a number below this one: every row that was there is in the queue, or was taken from it. It is what
/// [`Store::append`] gives next, but where the replica before was emptied; there the hub has the rows numbered once more.
async fn next_number<T: ReadTx>(tx: &T, rows: &[OutboxRow]) -> Result<u64, StoreError> {
    let gone_to = meta::<u64, _>(tx, GONE_TO).await?.unwrap_or(1);
    let above = rows.iter().map(|row| row.n.saturating_add(1));
    Ok(above.fold(gone_to.max(1), u64::max))
}

async fn put_row<T: WriteTx>(tx: &T, n: u64, row: OutboxRow) -> Result<(), StoreError> {
    tx.put(Space::Queue, &row_key(n), &pack(&OutboxRow { n: 0, ..row })).await
}

/// An unreadable receipt is passed over: it must not keep people from their plan.
fn readable_receipts(stored: &[(String, Vec<u8>)]) -> Vec<Receipt> {
    stored.iter().filter_map(|(_, bytes)| unpack(bytes, "receipt").ok()).collect()
}

/// One that does not read cannot be taken back offline, and no more is lost.
fn readable_steps(stored: Vec<(String, Vec<u8>)>) -> Vec<(String, Step)> {
    stored.into_iter().filter_map(|(key, bytes)| Some((key, unpack(&bytes, "step").ok()?))).collect()
}

async fn create<S: Store>(store: &S, client: &Id) -> Result<(), StoreError> {
    let tx = store.write(Durability::Strict).await?;
    // Two tabs may open a new replica at once: the first one's number stands.
    if tx.get(Space::Meta, CLIENT).await?.is_none() || bug(Bug::CheckAwaitInsert) {
        tx.put(Space::Meta, CLIENT, &pack(client)).await?;
        // Rows may have come after the replica before was emptied, from a tab that had not heard of it.
        let first = queued(&tx).await?.first().map_or(1, |row| row.n);
        tx.put(Space::Meta, BASE, &pack(&first.saturating_sub(1))).await?;
        tx.put(Space::Meta, NETWORK_EPOCH, &pack(&origin(client))).await?;
        tx.put(Space::Meta, COMMITS, &pack(&origin(client))).await?;
        tx.put(Space::Meta, FORMAT_KEY, &pack(&FORMAT)).await?;
    }
    tx.commit().await
}

/// Where a replica's network epochs and commits begin: elsewhere than those of a replica that was here before it, or a
/// tab that slept through the deletion would take an old one for a present one.
fn origin(client: &Id) -> u64 {
    let hash = |h: u64, b: &u8| (h ^ u64::from(*b)).wrapping_mul(0x100_0000_01b3);
    client.as_str().as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, hash) >> 16
}

/// From format 1 to 2. Rows were numbered from 1 for each client number, and `earlier` had the order of receipts under
/// earlier ones: all get numbers of one sequence.
async fn number_rows<S: Store>(store: &S) -> Result<(), StoreError> {
    let tx = store.write(Durability::Strict).await?;
    if meta::<u32, _>(&tx, FORMAT_KEY).await?.unwrap_or(1) != 1 {
        // Another tab was first.
        return Ok(());
    }
    let earlier: Vec<Uuid> = meta(&tx, "earlier").await?.unwrap_or_default();
    let base = earlier.len() as u64;
    for mut receipt in readable_receipts(&tx.scan(Space::Receipts, "").await?) {
        let uuid = receipt.row.uuid;
        let place = earlier.iter().position(|each| *each == uuid);
        receipt.row.n = place.map_or(receipt.row.n.saturating_add(base), |place| place as u64 + 1);
        tx.put(Space::Receipts, &uuid.to_string(), &pack(&receipt)).await?;
    }
    for (_, bytes) in tx.scan(Space::Outbox, "").await? {
        let row: OutboxRow = unpack(&bytes, "outbox row")?;
        put_row(&tx, row.n.saturating_add(base), row).await?;
    }
    tx.delete_prefix(Space::Outbox, "").await?;
    let next_n = meta::<u64, _>(&tx, "next_n").await?.unwrap_or(1);
    let gone_to = next_n.saturating_add(base).max(1);
    take_numbers_below(&tx, gone_to).await?;
    tx.put(Space::Meta, BASE, &pack(&base)).await?;
    for key in ["earlier", "next_n"] {
        tx.delete(Space::Meta, key).await?;
    }
    tx.put(Space::Meta, FORMAT_KEY, &pack(&FORMAT)).await?;
    tx.commit().await
}

/// From here on no row gets a number below `next`, and those that are not in the queue are gone.
async fn take_numbers_below<T: WriteTx>(tx: &T, next: u64) -> Result<(), StoreError> {
    let last = row_key(next.saturating_sub(1));
    if tx.get(Space::Queue, &last).await?.is_none() {
        tx.put(Space::Queue, &last, b"").await?;
        tx.delete(Space::Queue, &last).await?;
    }
    tx.put(Space::Meta, GONE_TO, &pack(&next)).await
}

async fn append<S: Store>(store: &S, mut rows: Vec<OutboxRow>) -> Result<Vec<OutboxRow>, StoreError> {
    if bug(Bug::NumberReused) {
        let tx = store.write(Durability::Strict).await?;
        let mut n = queued(&tx).await?.last().map_or(0, |row| row.n);
        for row in &mut rows {
            n += 1;
            row.n = n;
            put_row(&tx, n, row.clone()).await?;
        }
        tx.commit().await?;
        return Ok(rows);
    }
    rows.iter_mut().for_each(|row| row.n = 0);
    let values: Vec<Vec<u8>> = rows.iter().map(pack).collect();
    let first = store.append(&values).await?;
    for (n, row) in (first..).zip(&mut rows) {
        row.n = n;
    }
    Ok(rows)
}

async fn take_network<S: Store>(store: &S) -> Result<Done, StoreError> {
    let tx = store.write(Durability::Relaxed).await?;
    let epoch = meta::<u64, _>(&tx, NETWORK_EPOCH).await?.unwrap_or(0) + 1;
    tx.put(Space::Meta, NETWORK_EPOCH, &pack(&epoch)).await?;
    tx.commit().await?;
    Ok(Done::NetworkTaken { epoch })
}

async fn check_epoch<T: ReadTx>(tx: &T, held: u64) -> Result<(), StoreError> {
    match meta::<u64, _>(tx, NETWORK_EPOCH).await? {
        Some(epoch) if epoch == held || bug(Bug::NetworkEpochUnchecked) => Ok(()),
        Some(_) => Err(StoreError::Fenced),
        None => Err(StoreError::Deleted),
    }
}

async fn write_commit<S: Store>(store: &S, mut commit: Commit) -> Result<Commit, StoreError> {
    let tx = store.write(Durability::Relaxed).await?;
    check_epoch(&tx, commit.network_epoch).await?;
    let mut known = tx.get_all(Space::Meta, &[COMMITS, GONE_TO].map(str::to_owned)).await?.into_iter();
    let mut number = |key| known.next().flatten().map(|bytes| unpack::<u64>(&bytes, key)).transpose();
    commit.number = number(COMMITS)?.unwrap_or(0) + 1;
    let gone_to = number(GONE_TO)?.unwrap_or(1);
    tx.put(Space::Meta, COMMITS, &pack(&commit.number)).await?;
    for receipt in &commit.verdicts {
        if !receipt.is_refused() || !bug(Bug::RefusalNotKept) {
            tx.put(Space::Receipts, &receipt.row.uuid.to_string(), &pack(receipt)).await?;
        }
    }
    let refused = commit.verdicts.iter().filter(|receipt| receipt.is_refused()).map(|receipt| receipt.row.n);
    let mut gone: Vec<u64> = refused.chain(commit.landed.iter().map(|(n, _)| *n)).collect();
    sort(&mut gone);
    if let Some(last) = gone.last() {
        delete_rows(&tx, &gone).await?;
        tx.put(Space::Meta, GONE_TO, &pack(&gone_to.max(last.saturating_add(1)))).await?;
    }
    for update in &commit.docs {
        write_update(&tx, update).await?;
    }
    for run in &commit.prune {
        delete_receipts(&tx, run).await?;
    }
    for (i, step) in commit.steps.iter().enumerate() {
        tx.put(Space::Steps, &step_key(commit.number, i), &pack(step)).await?;
    }
    if let (Some(first), Some(last)) = (commit.forget_steps.first(), commit.forget_steps.last()) {
        tx.delete_range(Space::Steps, first, last).await?;
    }
    if let Some(actor) = &commit.actor {
        tx.put(Space::Meta, ACTOR, &pack(actor)).await?;
    }
    if let Some(generation) = commit.generation {
        tx.put(Space::Meta, GENERATION, &pack(&generation)).await?;
    }
    if let Some(ms) = commit.synced_ms {
        tx.put(Space::Meta, SYNCED, &pack(&ms)).await?;
    }
    tx.commit().await?;
    Ok(commit)
}

/// Deletes a run of receipts. Among them may be some that do not read here, and that a newer version wrote: those stay.
async fn delete_receipts<T: WriteTx>(tx: &T, run: &[Uuid]) -> Result<(), StoreError> {
    let keys: Vec<String> = run.iter().map(ToString::to_string).collect();
    let (Some(first), Some(last)) = (keys.first(), keys.last()) else { return Ok(()) };
    let there = tx.scan_range(Space::Receipts, first, last).await?;
    if there.iter().map(|(key, _)| key).eq(&keys) {
        return tx.delete_range(Space::Receipts, first, last).await;
    }
    for key in &keys {
        tx.delete(Space::Receipts, key).await?;
    }
    Ok(())
}

async fn delete_rows<T: WriteTx>(tx: &T, rows: &[u64]) -> Result<(), StoreError> {
    for run in rows.chunk_by(|n, next| *next == n + 1) {
        if let (Some(first), Some(last)) = (run.first(), run.last()) {
            tx.delete_range(Space::Queue, &row_key(*first), &row_key(*last)).await?;
        }
    }
    Ok(())
}

async fn write_update<T: WriteTx>(tx: &T, update: &DocUpdate) -> Result<(), StoreError> {
    let doc = &update.doc;
    let name = doc.to_string();
    let at = Position { epoch: update.epoch, seq: update.seq };
    match &update.body {
        Body::Delta { base, bytes } => {
            if *base == 0 {
                // It is all there is: what lies here of before is damaged, or of another epoch.
                tx.delete_prefix(Space::Log, &log_prefix(doc)).await?;
                tx.delete(Space::Snapshots, &name).await?;
            }
            tx.put(Space::Log, &log_key(doc, update.seq), bytes).await?;
            tx.put(Space::Heads, &name, &pack(&at)).await
        }
        Body::Snapshot { bytes } => {
            tx.delete_prefix(Space::Log, &log_prefix(doc)).await?;
            tx.put(Space::Snapshots, &name, &pack(&Snapshot { at, bytes: bytes.clone() })).await?;
            tx.put(Space::Heads, &name, &pack(&at)).await
        }
        Body::Gone => {
            tx.delete_prefix(Space::Log, &log_prefix(doc)).await?;
            for space in [Space::Snapshots, Space::Heads, Space::Views] {
                tx.delete(space, &name).await?;
            }
            Ok(())
        }
    }
}

async fn read_docs<S: Store>(
    store: &S,
    docs: Vec<DocId>,
) -> Result<Vec<(DocId, Option<StoredDoc>)>, StoreError> {
    let tx = store.read().await?;
    let mut found = Vec::new();
    let names: Vec<String> = docs.iter().map(ToString::to_string).collect();
    for (doc, head) in docs.into_iter().zip(tx.get_all(Space::Heads, &names).await?) {
        let stored = match head.and_then(|head| unpack(&head, "head").ok()) {
            Some(at) => readable(read_doc(&tx, &doc, at).await)?,
            None => None,
        };
        found.push((doc, stored));
    }
    Ok(found)
}

async fn read_doc<T: ReadTx>(tx: &T, doc: &DocId, at: Position) -> Result<StoredDoc, StoreError> {
    let snapshot = match tx.get(Space::Snapshots, &doc.to_string()).await? {
        Some(bytes) => Some(unpack::<Snapshot>(&bytes, "snapshot")?.bytes),
        None => None,
    };
    let log = tx.scan(Space::Log, &log_prefix(doc)).await?.into_iter().map(|(_, bytes)| bytes).collect();
    Ok(StoredDoc { at, snapshot, log })
}

async fn put_views<S: Store>(store: &S, views: Vec<(DocId, PackedView)>) -> Result<Done, StoreError> {
    let tx = store.write(Durability::Relaxed).await?;
    let names: Vec<String> = views.iter().map(|(doc, _)| doc.to_string()).collect();
    let heads = tx.get_all(Space::Heads, &names).await?;
    for ((name, (_, view)), head) in names.iter().zip(views).zip(heads) {
        // A document that moved on or is gone since keeps no view of before.
        if head.is_some_and(|h| unpack::<Position>(&h, "head").is_ok_and(|at| at == view.at)) {
            tx.put(Space::Views, name, &pack(&view)).await?;
        }
    }
    tx.commit().await?;
    Ok(Done::Nothing)
}

async fn drop_views<S: Store>(store: &S, docs: Vec<DocId>) -> Result<Done, StoreError> {
    let tx = store.write(Durability::Relaxed).await?;
    for doc in docs {
        tx.delete(Space::Views, &doc.to_string()).await?;
    }
    tx.commit().await?;
    Ok(Done::ViewsDropped)
}

async fn compact<S: Store>(
    store: &S,
    network_epoch: u64,
    doc: &DocId,
    snapshot: Snapshot,
) -> Result<Done, StoreError> {
    let tx = store.write(Durability::Strict).await?;
    check_epoch(&tx, network_epoch).await?;
    let name = doc.to_string();
    let head = tx.get(Space::Heads, &name).await?;
    if head.is_none_or(|h| unpack::<Position>(&h, "head") != Ok(snapshot.at)) {
        return Ok(Done::Nothing);
    }
    let bytes = pack(&snapshot);
    tx.put(Space::Snapshots, &name, &bytes).await?;
    // The log goes only once what replaces it has been read back.
    if tx.get(Space::Snapshots, &name).await?.as_ref() != Some(&bytes) {
        return Err(StoreError::Damaged(format!("the snapshot of {name} does not read back")));
    }
    tx.delete_prefix(Space::Log, &log_prefix(doc)).await?;
    tx.commit().await?;
    Ok(Done::Nothing)
}

async fn dismiss<S: Store>(store: &S, uuids: Vec<Uuid>) -> Result<Done, StoreError> {
    let tx = store.write(Durability::Strict).await?;
    for uuid in &uuids {
        tx.delete(Space::Receipts, &uuid.to_string()).await?;
    }
    tx.commit().await?;
    Ok(Done::Dismissed(uuids))
}

async fn new_client<S: Store>(
    store: &S,
    network_epoch: u64,
    client: &Id,
    restored: Option<Restored>,
) -> Result<Done, StoreError> {
    let tx = store.write(Durability::Strict).await?;
    check_epoch(&tx, network_epoch).await?;
    // The edit of a receipt that does not read is sent again; the hub knows it by its uuid.
    let receipts = readable_receipts(&tx.scan(Space::Receipts, "").await?);
    let answered: OrdSet<Uuid> = receipts.iter().map(|r| r.row.uuid).collect();
    let mut waiting = Vec::new();
    if let Some(Restored { generation, send_again }) = restored {
        let mut stored: Vec<OutboxRow> =
            receipts.into_iter().filter(|r| !r.is_refused()).map(|r| r.row).collect();
        sort_by_key(&mut stored, |row| row.n);
        for row in &stored {
            tx.delete(Space::Receipts, &row.uuid.to_string()).await?;
        }
        if send_again && !bug(Bug::NotSentAgain) {
            waiting = stored;
        }
        // The hub may not have them any more; those that are sent again are steps again.
        tx.delete_prefix(Space::Steps, "").await?;
        tx.put(Space::Meta, GENERATION, &pack(&generation)).await?;
    }
    let rows = queued(&tx).await?;
    let base = next_number(&tx, &rows).await? - 1;
    // A stored row that is not sent again waits only for its update, which the next subscription brings.
    waiting.extend(rows.into_iter().filter(|row| !answered.contains(&row.uuid)));
    tx.delete_prefix(Space::Queue, "").await?;
    for (n, row) in (base + 1..).zip(waiting) {
        put_row(&tx, n, row).await?;
    }
    tx.put(Space::Meta, GONE_TO, &pack(&(base + 1))).await?;
    tx.put(Space::Meta, CLIENT, &pack(client)).await?;
    tx.put(Space::Meta, BASE, &pack(&base)).await?;
    tx.commit().await?;
    Ok(Done::ClientTaken)
}

async fn meta<V: serde::de::DeserializeOwned, T: ReadTx>(tx: &T, key: &str) -> Result<Option<V>, StoreError> {
    match tx.get(Space::Meta, key).await? {
        Some(bytes) => unpack(&bytes, key).map(Some),
        None => Ok(None),
    }
}

/// `None` for what is there and does not read.
fn readable<T>(read: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(StoreError::Damaged(_)) => Ok(None),
        Err(e) => Err(e),
    }
}

import { BackgroundDrain, canSync } from "./background.js";
import type { Core, CoreHost, Hint, Publication } from "./core.js";
import { info, toError, WedSyncError } from "./errors.js";
import { CoreEvent, type Settling } from "./event.js";
import { calendarOptions } from "./calendar.js";
import { watchPage } from "./hints.js";
import { history } from "./history.js";
import { Instance } from "./instance.js";
import { Marker } from "./marker.js";
import { OwnPresence } from "./presence.js";
import { findSaved, groupRefusals, PendingReceipts, receiptInfo, savedInfo } from "./receipts.js";
import { Age, type Changeable, ChangedRows, keep, keepRows, LazyStore, Notifier } from "./store.js";
import type {
  CalendarPreview,
  Command,
  Conflict,
  EventHandle,
  EventSummary,
  Helper,
  HistoryOptions,
  HistoryPage,
  Journey,
  Peer,
  Person,
  PersonHandle,
  Place,
  ReadCalendarOptions,
  Receipt,
  ReceiptInfo,
  RefusalGroup,
  Role,
  RuleSet,
  Status,
  Suggestion,
  Undoable,
  Workspace,
} from "./types.js";

export interface WorkspaceParts {
  hub: string;
  org: string;
  user: string;
  db: string;
  role: Role;
  helper: string | null;
  credential(): Promise<string>;
  /** Whether the service worker can sign for this person when no page is open. */
  signsInBackground: boolean;
  /** Opens a fresh core on the database. */
  open(host: CoreHost): Promise<Core>;
  /** After closing: this workspace is not to be handed out again. */
  closed(): void;
}

/** What is known before the roster is here. */
const NO_RULES: RuleSet = {
  rest: null,
  rest_legal: null,
  day_legal: null,
  week_legal: null,
  rolling_legal: null,
  days_in_row: null,
  margin: null,
  stale_after: null,
};

export class CoreWorkspace implements Workspace {
  /** Rises with each own edit: the core publishes a moment later, and whoever looks at once is to see the edit too. */
  readonly #age = new Age();
  /** Rises with each change of the plan: a helper's shifts in another event count, too, and so do the words of sentences. */
  readonly #planAge = new Age();
  readonly org: string;
  readonly user: string;
  readonly status: LazyStore<Status>;
  readonly events = this.#list<EventSummary>((core) => core.events(), (row) => row.id);
  readonly helpers = this.#list<Helper>((core) => core.helpers(), (row) => row.id);
  readonly places = this.#list<Place>((core) => core.places(), (row) => row.id);
  readonly journeys = this.#list<Journey>((core) => core.journeys(), (row) => `${row.from} ${row.to}`);
  readonly receipts = this.#list<ReceiptInfo>((core) => core.receipts().map(receiptInfo), (row) => row.uuid);

  readonly presence = this.#list<Peer>((core) => core.people_here(), (row) => row.user);

  readonly refusals = this.#list<RefusalGroup>(
    (core) => groupRefusals(this.receipts.get(), (uuids) => core.typed(uuids)),
    (group) => group.key,
  );

  readonly #conflictRows = new ChangedRows<Conflict>();
  readonly conflicts = new LazyStore<Conflict[]>([], (previous) =>
    this.#conflictRows.take(previous, this.#instance?.read((core) => core.conflicts())), this.#planAge,
  );

  readonly undoable = new LazyStore<Undoable>({ undo: null, redo: null }, (previous) => {
    const next = this.#instance?.read((core) => core.undoable());
    return next ? keep(previous, { undo: next.undo ?? null, redo: next.redo ?? null }) : previous;
  }, this.#age);

  readonly rules = new LazyStore<RuleSet>(NO_RULES, (previous) => {
    const next = this.#instance?.read((core) => core.rules());
    return next ? keep(previous, next) : previous;
  }, this.#age);

  readonly #parts: WorkspaceParts;
  readonly #marker: Marker;
  readonly #background: BackgroundDrain;
  readonly #pending = new PendingReceipts();
  /** The edits made through this object. */
  readonly #made = new Set<string>();
  readonly #eventHandles = new Map<string, CoreEvent>();
  /** Notes with an editor, and those whose last words are being saved. */
  readonly #open = new Set<Settling>();
  readonly #watched = new Map<string, Set<Changeable>>();
  readonly #shown = new OwnPresence((states) => {
    this.#instance?.read((core) => core.set_presence(JSON.stringify(states)));
  });
  readonly #people = new Map<string, LazyStore<Person | undefined>>();
  readonly #notifier = new Notifier(() => this.#afterChange());
  #lastUndo: Promise<unknown> = Promise.resolve();
  /** Edits that were answered since anybody who waits for them was told. */
  #settled: string[] = [];
  #instance: Instance | undefined;
  #failure: WedSyncError | undefined;
  #closing: Promise<void> | undefined;
  #stopWatching = () => {};
  #canSync = false;
  #wiped = false;
  #askedToPersist = false;

  private constructor(parts: WorkspaceParts) {
    this.#parts = parts;
    this.org = parts.org;
    this.user = parts.user;
    this.#marker = new Marker(parts.db);
    this.#background = new BackgroundDrain(parts.db);
    this.status = new LazyStore<Status>(initialStatus(parts), (previous) => this.#readStatus(previous), this.#age);
  }

  static async open(parts: WorkspaceParts): Promise<CoreWorkspace> {
    const workspace = new CoreWorkspace(parts);
    await workspace.#start();
    return workspace;
  }

  event(id: string): EventHandle {
    let handle = this.#eventHandles.get(id);
    if (!handle) {
      handle = new CoreEvent(id, {
        read: (read) => this.#instance?.read(read),
        need: (call) => this.#running().need(call),
        do: (command) => this.do(command),
        age: this.#age,
        planAge: this.#planAge,
        shown: this.#shown,
        watch: (doc, changeable) => this.#watch(doc, changeable),
        register: (open) => {
          this.#open.add(open);
          return () => void this.#open.delete(open);
        },
      });
      this.#eventHandles.set(id, handle);
    }
    return handle;
  }

  person(helper: string): PersonHandle {
    let facts = this.#people.get(helper);
    if (!facts) {
      facts = new LazyStore<Person | undefined>(undefined, (previous) => {
        const next = this.#instance?.read((core) => ({ person: core.person(helper) }));
        return next ? keep(previous, next.person ?? undefined) : previous;
      }, this.#age);
      this.#people.set(helper, facts);
    }
    return { facts };
  }

  async do(command: Command): Promise<Receipt> {
    this.#pending.begin();
    try {
      const { saved, isFound } = await this.#save(command);
      const { uuid } = saved;
      this.#made.add(uuid);
      this.#age.rise();
      this.#planAge.rise();
      this.#saved();
      const receipt = this.#pending.add(saved);
      if (isFound || this.#pending.wasEarly(uuid)) this.#settle([uuid]);
      return receipt;
    } finally {
      this.#pending.end();
    }
  }

  undo(): Promise<Receipt | undefined> {
    return this.#takeBack("undo");
  }

  redo(): Promise<Receipt | undefined> {
    return this.#takeBack("redo");
  }

  suggestions(conflict: Conflict | string): Suggestion[] {
    const id = typeof conflict === "string" ? conflict : conflict.id;
    return this.#running().need((core) => core.suggestions(id));
  }

  async readCalendar(file: Blob | Uint8Array, options: ReadCalendarOptions): Promise<CalendarPreview> {
    const bytes = file instanceof Uint8Array ? file : new Uint8Array(await file.arrayBuffer());
    const { helper, zone, name, first, last } = calendarOptions(file, options);
    return this.#running().need((core) => core.read_calendar(helper, bytes, name, zone, first, last));
  }

  calendarOf(helper: string): string {
    return this.#running().need((core) => core.write_calendar(helper));
  }

  history(options: HistoryOptions = {}): Promise<HistoryPage> {
    const { hub, credential } = this.#parts;
    const instance = this.#running();
    return history({ hub, credential, need: (call) => instance.need(call), call: (call) => instance.call(call) }, options);
  }

  async dismiss(uuids: string[]): Promise<void> {
    await this.#running().call((core) => core.dismiss(uuids));
  }

  async exportWaiting(): Promise<string> {
    return this.#running().need((core) => core.export_waiting());
  }

  syncNow(): void {
    this.#instance?.read((core) => core.sync_now());
  }

  close(): Promise<void> {
    return this.#end((core) => core.close());
  }

  /** Deletes the replica with all that waits in it, and closes. */
  deleteAll(): Promise<void> {
    return this.#end(async (core) => {
      await core.delete_all();
      this.#marker.remove();
    });
  }

  async #start(): Promise<void> {
    const { open, credential, signsInBackground } = this.#parts;
    const can = signsInBackground ? canSync() : Promise.resolve(false);
    this.#instance = await Instance.start({
      open: (publish) => open({ credential: () => credential(), publish }),
      publish: (change) => this.#onPublish(change),
      replaced: () => this.#onReplaced(),
      failed: (error) => {
        this.#failure = error;
        this.#notifier.changed([this.status]);
      },
    });
    this.#wiped = this.#marker.set && (this.#instance.read((core) => core.status().fresh) ?? false);
    this.#canSync = await can;
    this.#notifier.changed(this.#allStores());
    this.#stopWatching = watchPage((hint) => this.#onHint(hint));
  }

  #onPublish(change: Publication): void {
    const changed = new Set<Changeable>();
    const add = (...stores: (Changeable | undefined)[]) => stores.forEach((store) => store && changed.add(store));
    for (const doc of change.docs) {
      const [kind, id = ""] = doc.split("/");
      add(...(this.#watched.get(doc) ?? []));
      if (kind === "roster") add(this.helpers, this.places, this.rules, this.journeys);
      if (kind === "person") add(this.#people.get(id));
      if (kind === "event") {
        const handle = this.#eventHandles.get(id);
        add(this.events, handle?.summary, handle?.assignments);
      }
    }
    // Of a season there are thousands of these stores, and nobody listens to most.
    if (change.docs.some((doc) => /^(roster$|person\/|event\/)/.test(doc))) {
      this.#planAge.rise();
      add(...this.#conflictStores().filter((store) => store.isWatched));
    }
    if (change.receipts) add(this.receipts, this.refusals, this.undoable);
    if (change.status) add(this.status);
    if (change.presence) add(...this.#presenceStores());
    this.#settled.push(...change.settled);
    this.#notifier.changed(changed);
  }

  #watch(doc: string, changeable: Changeable): () => void {
    const watching = this.#watched.get(doc) ?? new Set();
    this.#watched.set(doc, watching.add(changeable));
    return () => void watching.delete(changeable);
  }

  #onReplaced(): void {
    // What the core that failed did not tell any more.
    this.#settled = this.#pending.uuids();
    this.#notifier.changed([...this.#allStores(), ...[...this.#watched.values()].flatMap((each) => [...each])]);
    this.#onHint(document.visibilityState === "visible" ? "visible" : "hidden");
    this.#shown.again();
  }

  #onHint(hint: Hint): void {
    this.#instance?.read((core) => core.hint(hint));
    if (hint === "hidden" && this.status.get().pending > 0) this.#handOver();
  }

  /** What follows from a change, once everybody has heard of it. */
  #afterChange(): void {
    this.#settle(this.#settled.splice(0));
    if (this.#marker.isPut && !this.#wiped) return;
    const { connection, syncedAt } = this.status.get();
    if (this.#closing || connection !== "online" || syncedAt === null) return;
    this.#marker.put();
    if (this.#wiped) {
      this.#wiped = false;
      this.#notifier.changed([this.status]);
    }
  }

  async #save(command: Command): Promise<{ saved: ReceiptInfo; isFound: boolean }> {
    const instance = this.#running();
    const since = Date.now();
    try {
      const [uuid, title] = await instance.call((core) => core.submit(JSON.stringify(command)));
      return { saved: savedInfo(uuid, title, command, since), isFound: false };
    } catch (thrown) {
      const error = toError(thrown);
      // The core failed under the edit: it may have been saved before that, and must not be made twice.
      const found =
        error.code === "trapped"
          ? instance.read((core) => findSaved(core.receipts(), command, since, this.#made))
          : undefined;
      if (found === undefined) throw error;
      return { saved: receiptInfo(found), isFound: true };
    }
  }

  #settle(uuids: string[]): void {
    this.#pending.settle(uuids, (uuid) => this.#instance?.read((core) => core.receipt(uuid) ?? null));
  }

  /** What follows from an edit that was saved here. */
  #saved(): void {
    this.#marker.put();
    if (this.#parts.signsInBackground && this.status.get().connection !== "online") this.#background.register();
    if (this.#askedToPersist) return;
    this.#askedToPersist = true;
    // Best effort: without it the browser may delete the replica under pressure, and `wiped` says so.
    void Promise.resolve(navigator.storage?.persist?.()).catch(() => {});
  }

  #handOver(): void {
    if (this.#parts.signsInBackground) this.#background.handOver();
  }

  /** One at a time: the next one begins where the one before has ended. */
  #takeBack(which: "undo" | "redo"): Promise<Receipt | undefined> {
    const next = this.#lastUndo.then(() => {
      const edit = this.#running().need((core) => core.undoable())[which];
      return edit ? this.do({ type: "undo", mutation: edit.uuid }) : undefined;
    });
    this.#lastUndo = next.catch(() => undefined);
    return next;
  }

  #readStatus(previous: Status): Status {
    const now = this.#instance?.read((core) => core.status());
    const backgroundSync = this.#canSync ? "available" : "unavailable";
    const failure = this.#failure ? info(this.#failure) : null;
    const own = { backgroundSync, wiped: this.#wiped } as const;
    if (!now) return keep(previous, { ...previous, ...own, storage: failure ?? previous.storage });
    return keep(previous, {
      connection: now.connection,
      network: now.network,
      transport: now.transport ?? null,
      pending: now.pending,
      refused: now.refused,
      storage: failure ?? now.storage ?? null,
      role: now.role,
      helper: now.helper ?? null,
      syncedAt: now.synced_at ?? null,
      ...own,
    });
  }

  #list<R>(read: (core: Core) => R[], id: (row: R) => string): LazyStore<R[]> {
    return new LazyStore<R[]>([], (previous) => {
      const next = this.#instance?.read(read);
      return next ? keepRows(previous, next, id) : previous;
    }, this.#age);
  }

  #allStores(): Changeable[] {
    return [...this.#plainStores(), ...this.#conflictStores()];
  }

  /** All but conflicts, which cost much and are worked out only for those who look at them. */
  #plainStores(): (Changeable & { get(): unknown })[] {
    const handles = [...this.#eventHandles.values()].flatMap((event) => [event.summary, event.assignments]);
    const lists = [this.events, this.helpers, this.places, this.journeys, this.receipts, this.refusals, this.undoable];
    return [this.status, this.rules, ...lists, ...handles, ...this.#people.values(), ...this.#presenceStores()];
  }

  #presenceStores(): (Changeable & { get(): unknown })[] {
    return [this.presence, ...[...this.#eventHandles.values()].flatMap((event) => [event.presence, event.lastSeen])];
  }

  #conflictStores(): (Changeable & { isWatched: boolean })[] {
    return [this.conflicts, ...[...this.#eventHandles.values()].flatMap((event) => [event.conflicts, event.legs, event.coverage])];
  }

  #running(): Instance {
    if (this.#instance && !this.#closing) return this.#instance;
    throw new WedSyncError("closed", "The workspace was closed. Open it again.");
  }

  #end(last: (core: Core) => Promise<void>): Promise<void> {
    this.#closing ??= this.#close(last);
    return this.#closing;
  }

  async #close(last: (core: Core) => Promise<void>): Promise<void> {
    await Promise.allSettled([...this.#open].map((open) => open.settle()));
    // Read while the core still answers: a store that is looked at after closing shows the last state.
    for (const store of this.#plainStores()) store.get();
    this.#stopWatching();
    try {
      await this.#instance?.close(last);
    } finally {
      this.#pending.abandon(new WedSyncError("closed", "The workspace was closed; the edit stays saved."));
      this.#parts.closed();
    }
  }
}

function initialStatus(parts: WorkspaceParts): Status {
  return {
    connection: "connecting",
    network: "here",
    transport: null,
    pending: 0,
    refused: 0,
    storage: null,
    role: parts.role,
    helper: parts.helper,
    syncedAt: null,
    backgroundSync: "unavailable",
    wiped: false,
  };
}


import { CursorLink, type NoteCursors } from "./awareness.js";
import type { Core } from "./core.js";
import { fill } from "./fill.js";
import { Note } from "./notes.js";
import type { OwnPresence, Shown } from "./presence.js";
import { type Age, type Changeable, ChangedRows, keep, keepRows, LazyStore } from "./store.js";
import type {
  Assignment,
  Candidate,
  Command,
  Conflict,
  EventCommand,
  EventHandle,
  EventSummary,
  FillGapsOptions,
  FillPlan,
  LastSeen,
  Leg,
  NoteCursor,
  NoteCursorOptions,
  NoteHandle,
  Outlook,
  Peer,
  Preview,
  Receipt,
  RoleCoverage,
  Yjs,
  YjsAwareness,
  YjsDoc,
} from "./types.js";

/** More than anybody looks through. */
const CANDIDATES = 20;

const NO_CURSORS = { awareness: undefined, close: () => {} };

/** What an event needs of its workspace. */
export interface EventHost {
  /** Reads from the core; undefined while there is none. */
  read<T>(read: (core: Core) => T): T | undefined;
  /** Calls the core, or throws. */
  need<T>(call: (core: Core) => T): T;
  do(command: Command): Promise<Receipt>;
  /** How long what was read is good for; and what is worked out from the plan of all events. */
  readonly age: Age;
  readonly planAge: Age;
  /** Tells `changeable` of each change of the document; returns the function that stops it. */
  watch(doc: string, changeable: Changeable): () => void;
  /** What this page shows of where its person is. */
  readonly shown: OwnPresence;
  /** What has something to save before the workspace closes; returns the function that takes it off again. */
  register(open: Settling): () => void;
}

export interface Settling {
  /** Saves what is not saved yet; resolves when that worked, or did not. */
  settle(): Promise<void>;
}

export class CoreEvent implements EventHandle {
  readonly id: string;
  readonly summary: LazyStore<EventSummary | undefined>;
  readonly assignments: LazyStore<Assignment[]>;
  readonly conflicts: LazyStore<Conflict[]>;
  readonly coverage: LazyStore<RoleCoverage[]>;
  readonly legs: LazyStore<Leg[]>;
  readonly presence: LazyStore<Peer[]>;
  readonly lastSeen: LazyStore<LastSeen[]>;
  readonly #host: EventHost;

  constructor(id: string, host: EventHost) {
    this.id = id;
    this.#host = host;
    this.summary = new LazyStore<EventSummary | undefined>(undefined, (previous) => {
      const next = host.read((core) => ({ summary: core.event(id) }));
      return next ? keep(previous, next.summary ?? undefined) : previous;
    }, host.age);
    const shifts = new ChangedRows<Assignment>();
    this.assignments = new LazyStore<Assignment[]>([], (previous) =>
      shifts.take(previous, host.read((core) => core.assignments(id))), host.age,
    );
    this.coverage = new LazyStore<RoleCoverage[]>([], (previous) => {
      const next = host.read((core) => core.coverage(id));
      return next ? keep(previous, next) : previous;
    }, host.planAge);
    const conflicts = new ChangedRows<Conflict>();
    this.conflicts = new LazyStore<Conflict[]>([], (previous) =>
      conflicts.take(previous, host.read((core) => core.conflicts(id))), host.planAge,
    );
    this.legs = new LazyStore<Leg[]>([], (previous) => {
      const next = host.read((core) => core.legs(id));
      return next ? keepRows(previous, next, (leg) => `${leg.helper} ${leg.from.assignment} ${leg.to.assignment}`) : previous;
    }, host.planAge);
    this.presence = new LazyStore<Peer[]>([], (previous) => {
      const next = host.read((core) => core.people_here(id));
      return next ? keepRows(previous, next, (person) => person.user) : previous;
    }, host.age);
    this.lastSeen = new LazyStore<LastSeen[]>([], (previous) => {
      const next = host.read((core) => core.last_seen(id));
      return next ? keepRows(previous, next, (seen) => seen.user) : previous;
    }, host.age);
  }

  setPresence(shown: Shown | null): void {
    this.#host.shown.show(this.id, shown);
  }

  setCursor(assignment: string, cursor: NoteCursor | null): void {
    this.#host.shown.showCursor(this.id, assignment, cursor);
  }

  do(command: EventCommand): Promise<Receipt> {
    return this.#host.do({ ...command, event: this.id } as Command);
  }

  notes<D extends YjsDoc>(assignment: string, Y: Yjs<D>): NoteHandle<D>;
  notes<D extends YjsDoc, A extends YjsAwareness>(assignment: string, Y: Yjs<D>, cursors: NoteCursorOptions<D, A>): NoteHandle<D, A>;
  notes<D extends YjsDoc, A extends YjsAwareness>(
    assignment: string, Y: Yjs<D>, cursors?: NoteCursorOptions<D, A>,
  ): NoteHandle<D> | NoteHandle<D, A> {
    if (!cursors) return new Note(this.id, assignment, Y, this.#host, () => NO_CURSORS);
    const { Awareness } = cursors;
    const shared = this.#cursors(assignment);
    return new Note(this.id, assignment, Y, this.#host, (doc) => new CursorLink(new Awareness(doc), shared));
  }

  #cursors(assignment: string): NoteCursors {
    return {
      get: () =>
        this.presence.get().flatMap(({ user, name, states }) =>
          states.flatMap(({ cursor, ...at }) => (cursor && at.assignment === assignment ? [{ ...cursor, user, name }] : [])),
        ),
      show: (cursor) => this.setCursor(assignment, cursor),
      watch: (listener) => this.presence.subscribe(listener),
    };
  }

  previewConflicts(command: EventCommand): Outlook {
    const whole = JSON.stringify({ ...command, event: this.id });
    return this.#host.need((core) => core.preview_conflicts(whole));
  }

  candidates(assignment: string, limit = CANDIDATES): Candidate[] {
    return this.#host.need((core) => core.candidates(this.id, assignment, limit));
  }

  fillGaps(options: FillGapsOptions = {}): Promise<FillPlan> {
    return fill(this.id, this.#host, options);
  }

  previewImport(csv: Uint8Array): Preview {
    return this.#host.need((core) => core.preview_import(this.id, csv));
  }

  export(format: "csv" | "json"): string {
    return this.#host.need((core) => core.export_event(this.id, format));
  }
}

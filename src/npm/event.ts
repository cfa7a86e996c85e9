import type { Core } from "./core.js";
import { Note } from "./notes.js";
import { type Changeable, keep, keepList, LazyStore } from "./store.js";
import type {
  Assignment,
  Command,
  EventCommand,
  EventHandle,
  EventSummary,
  NoteHandle,
  Preview,
  Receipt,
  Yjs,
  YjsDoc,
} from "./types.js";

/** What an event needs of its workspace. */
export interface EventHost {
  /** Reads from the core; undefined while there is none. */
  read<T>(read: (core: Core) => T): T | undefined;
  /** Calls the core, or throws. */
  need<T>(call: (core: Core) => T): T;
  do(command: Command): Promise<Receipt>;
  /** Tells `changeable` of each change of the document; returns the function that stops it. */
  watch(doc: string, changeable: Changeable): () => void;
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
  readonly #host: EventHost;
  readonly #rows = new Map<string, Assignment>();

  constructor(id: string, host: EventHost) {
    this.id = id;
    this.#host = host;
    this.summary = new LazyStore<EventSummary | undefined>(undefined, (previous) => {
      const next = host.read((core) => ({ summary: core.event(id) }));
      return next ? keep(previous, next.summary ?? undefined) : previous;
    });
    this.assignments = new LazyStore<Assignment[]>([], (previous) => this.#readAssignments(previous));
  }

  do(command: EventCommand): Promise<Receipt> {
    return this.#host.do({ ...command, event: this.id } as Command);
  }

  notes<D extends YjsDoc>(assignment: string, Y: Yjs<D>): NoteHandle<D> {
    return new Note(this.id, assignment, Y, this.#host);
  }

  previewImport(csv: Uint8Array): Preview {
    return this.#host.need((core) => core.preview_import(this.id, csv));
  }

  export(format: "csv" | "json"): string {
    return this.#host.need((core) => core.export_event(this.id, format));
  }

  #readAssignments(previous: Assignment[]): Assignment[] {
    const changes = this.#host.read((core) => core.assignments(this.id));
    if (!changes) return previous;
    for (const row of changes.upsert) {
      // A fresh core hands over all rows as changed; those that are alike keep their identity.
      this.#rows.set(row.id, keep(this.#rows.get(row.id) ?? row, row));
    }
    const next = changes.order.flatMap((id) => this.#rows.get(id) ?? []);
    if (next.length < this.#rows.size) {
      const there = new Set(changes.order);
      for (const id of this.#rows.keys()) if (!there.has(id)) this.#rows.delete(id);
    }
    return keepList(previous, next);
  }
}

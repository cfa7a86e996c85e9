/** The surface of the WASM core, as `src/bindings` exports it. Plain objects with snake_case keys cross it. */
import type {
  Assignment,
  CalendarPreview,
  Candidate,
  Command,
  Conflict,
  Connection,
  ErrorCode,
  EventSummary,
  FillOptions,
  FillPlan,
  FillProgress,
  Helper,
  HistoryEntry,
  Journey,
  Kept,
  LastSeen,
  Leg,
  Outlook,
  Peer,
  Person,
  Place,
  Preview,
  ReceiptState,
  RefusalCode,
  Replaced,
  Role,
  RoleCoverage,
  RuleSet,
  Suggestion,
  Undoable,
} from "./types.js";

export interface CoreOptions {
  /** Name of the IndexedDB database. */
  db: string;
  hub: string;
  org: string;
  user: string;
  /** Role and helper until the hub says otherwise; the core keeps what it last heard. */
  role: Role;
  helper: string | null;
  /** Version of this package, for the hub's logs. */
  version: string;
  mode: "page" | "worker";
}

/** What changed since the last call. */
export interface Publication {
  docs: string[];
  receipts: boolean;
  /** Uuids of edits that the hub has answered: somebody may wait for its verdict. */
  settled: string[];
  status: boolean;
  /** Who is here. */
  presence: boolean;
}

export interface CoreHost {
  credential(): Promise<string>;
  publish(change: Publication): void;
}

export interface CoreStatus {
  connection: Connection;
  network: "here" | "other_tab";
  transport: "websocket" | "http" | null;
  pending: number;
  refused: number;
  storage: { code: ErrorCode; message: string } | null;
  role: Role;
  helper: string | null;
  synced_at: number | null;
  /** The database had nothing in it when it was opened. */
  fresh?: boolean;
}

export interface CoreReceipt {
  uuid: string;
  title: string;
  event: string | null;
  state: ReceiptState;
  made_at: number;
  settled_at: number | null;
  code: RefusalCode | null;
  message: string | null;
  replaced: Replaced[];
  kept: Kept[];
  command: Command;
  text?: string | null;
  lineage?: number | null;
}

/** Where an open note stands. */
export interface CoreNote {
  epoch: number | null;
  /** Changes with canonical. */
  version: string;
  /** The waiting edits, in order. */
  pending: string[];
  /** Yjs client ids in which nothing can be written any more. */
  closed: number[];
}

export interface FillStep {
  is_done: boolean;
  progress: FillProgress;
}

export type HistorySubject = Partial<Record<"event" | "assignment" | "helper" | "by", string>>;

export interface DrainResult {
  /** Rows that still wait. */
  left: number;
  reason: string;
}

export interface Core {
  /** The edit's uuid, and its sentence. */
  submit(commandJson: string): Promise<[uuid: string, title: string]>;
  dismiss(uuids: string[]): Promise<void>;
  sync_now(): void;
  hint(kind: Hint): void;
  status(): CoreStatus;
  receipts(): CoreReceipt[];
  receipt(uuid: string): CoreReceipt | undefined;
  undoable(): Undoable;
  events(): EventSummary[];
  event(id: string): EventSummary | undefined;
  helpers(): Helper[];
  places(): Place[];
  rules(): RuleSet;
  journeys(): Journey[];
  person(helper: string): Person | undefined;
  /** Rows changed since the last call for that event, and all ids in order. */
  assignments(event: string): { upsert: Assignment[]; order: string[] };
  /** The same for conflicts: those of an event, or of all events. */
  conflicts(event?: string): { upsert: Conflict[]; order: string[] };
  legs(event: string): Leg[];
  candidates(event: string, assignment: string, limit: number): Candidate[];
  suggestions(conflict: string): Suggestion[];
  read_calendar(
    helper: string,
    file: Uint8Array,
    name: string,
    zone: string,
    first: string,
    last: string,
  ): CalendarPreview;
  /** Begins a search, and names it. */
  fill_start(event: string, options: FillOptions): number;
  /** Goes on with it for about so many checks. */
  fill_step(fill: number, budget: number): FillStep;
  fill_plan(fill: number): FillPlan;
  fill_end(fill: number): void;
  write_calendar(helper: string): string;
  coverage(event: string): RoleCoverage[];
  preview_conflicts(commandJson: string): Outlook;
  /** What this page shows, all of it: a list of states as JSON. */
  set_presence(statesJson: string): void;
  /** Who is in an event, or in any. */
  people_here(event?: string): Peer[];
  last_seen(event: string): LastSeen[];
  /** Keeps the first page of what was asked about, as the hub answered it. */
  keep_history(subject: HistorySubject, pageJson: string): Promise<void>;
  kept_history(subject: HistorySubject): Promise<string | undefined>;
  /** A page in words; on the first one stand the edits that wait here. */
  history_entries(subject: HistorySubject, pageJson: string, isFirst: boolean): HistoryEntry[];
  open_note(event: string, assignment: string): void;
  /** Undefined until it was read. */
  note(event: string, assignment: string): CoreNote | undefined;
  note_canonical(event: string, assignment: string, known: Uint8Array): Uint8Array | undefined;
  note_edit(uuid: string): Uint8Array | undefined;
  /** What was typed in these edits together. */
  typed(uuids: string[]): string;
  /** What was typed in an update. */
  note_text(update: Uint8Array): string;
  preview_import(event: string, csv: Uint8Array): Preview;
  export_event(event: string, format: "csv" | "json"): string;
  export_waiting(): string;
  drain(timeoutMs: number): Promise<DrainResult>;
  close(): Promise<void>;
  delete_all(): Promise<void>;
}

export type Hint = "online" | "offline" | "visible" | "hidden" | "resumed";

/** One instance of the wasm-bindgen glue: call it with a module, then use its classes. */
export interface Glue {
  (init: { module_or_path: WebAssembly.Module }): Promise<unknown>;
  Core: { open(options: CoreOptions, host: CoreHost): Promise<Core> };
}

/** The public types of `@wedsync/core`. Commands and rows come from the Rust side: see `generated/domain.ts`. */
import type {
  Assignment,
  Command,
  EventSummary,
  Helper,
  Journey,
  Kept,
  LastSeen,
  Leg,
  NoteCursor,
  Peer,
  Person,
  Place,
  Preview,
  RefusalCode,
  Replaced,
  Role,
  RoleCoverage,
  RuleSet,
} from "./generated/domain.js";
import type {
  CalendarPreview,
  Candidate,
  Conflict,
  FillGapsOptions,
  FillPlan,
  Outlook,
  ReadCalendarOptions,
  Suggestion,
} from "./planning.js";
import type { HistoryOptions, HistoryPage } from "./history.js";
import type { Shown } from "./presence.js";

export type * from "./generated/domain.js";
export type { HistoryOptions, HistoryPage } from "./history.js";
// By name: these take the place of the rows from the Rust side, which have no sentences.
export type {
  CalendarPreview,
  Candidate,
  Conflict,
  FillGapsOptions,
  FillPlan,
  Outlook,
  ReadCalendarOptions,
  Suggestion,
} from "./planning.js";
export type { Shown } from "./presence.js";

/** A value that changes: what React's `useSyncExternalStore` takes. `get()` returns the same object until it changes. */
export interface Store<T> {
  get(): T;
  /** Calls `listener` after each change; returns the function that stops it. */
  subscribe(listener: () => void): () => void;
}

/**
 * - `offline`: no network, or the hub cannot be reached; `nextAttempt` says when it is tried again
 * - `connecting`: a connection is being made
 * - `online`: up to date with the hub, and edits are sent as they are made
 * - `elsewhere`: another tab of this browser holds the connection; its state is `online` or `offline` there
 * - `signed_out`: the hub refused the credential; edits are kept, sign in again to send them
 * - `unsupported`: the hub does not speak this version; edits are kept, update the app
 */
export type Connection = "offline" | "connecting" | "online" | "signed_out" | "unsupported";

export interface Status {
  connection: Connection;
  /** Whether this tab does the network, or another tab of this browser. */
  network: "here" | "other_tab";
  /** The transport in use, once there is one. */
  transport: "websocket" | "http" | null;
  /** Edits saved here and not yet stored at the hub. */
  pending: number;
  /** Refused edits that were not dismissed yet. */
  refused: number;
  /** Set when this device's storage fails; nothing can be saved until it is mended. */
  storage: WedSyncErrorInfo | null;
  role: Role;
  /** The helper in the roster that this person is, if they are one. */
  helper: string | null;
  /** When this replica was last known to be up to date, in milliseconds since 1970. */
  syncedAt: number | null;
  /** Whether the browser can send waiting edits after the last tab was closed. */
  backgroundSync: "available" | "unavailable";
  /** The replica was deleted by the browser and is being filled again from the hub. */
  wiped: boolean;
}

export interface WedSyncErrorInfo {
  code: ErrorCode;
  message: string;
  /** The field it is about, if one. */
  field?: string | null;
}

/** Stable codes; match on these, show `message`. */
export type ErrorCode =
  | RefusalCode
  /* storage */
  | "quota_exceeded"
  | "storage_closed"
  | "storage_blocked"
  | "storage_unavailable"
  | "storage_newer"
  | "storage_damaged"
  | "storage_deleted"
  /* network and credentials */
  | "unreachable"
  | "unauthorized"
  | "token_expired"
  | "revoked"
  | "unsupported_version"
  | "client_taken"
  | "malformed"
  | "too_big"
  | "rate_limited"
  | "try_later"
  | "code_unknown"
  | "code_expired"
  | "code_used"
  | "device_taken"
  | "last_owner"
  /* the core itself */
  | "not_signed_in"
  | "insecure_context"
  | "closed"
  | "trapped";

export type ReceiptState = "saved" | "stored" | "refused";

/** What is known of one edit. `saved`: committed on this device. `stored`: durable at the hub. */
export interface ReceiptInfo {
  uuid: string;
  /** The edit in a sentence, such as "Put Anna on Bar, Sat 18 Jul 14:00". */
  title: string;
  /** The event it belongs to, if one. */
  event: string | null;
  state: ReceiptState;
  /** When the edit was made on this device, and when its verdict came; milliseconds since 1970. */
  madeAt: number;
  settledAt: number | null;
  /** Set when refused. */
  code: RefusalCode | null;
  message: string | null;
  /** Values of others that this edit replaced. */
  replaced: Replaced[];
  /**
   * Of an undo: what it leaves as it is, at most 100. Where `why` is null, somebody changed it since, and the same undo with
   * `also_changed` takes it back, too. Known before the hub answers, but for who it was.
   */
  kept: Kept[];
  command: Command;
  /** What was typed, where writing in a note was refused. */
  text: string | null;
  /** The Yjs client id that it was typed under. */
  lineage: number | null;
}

/** An edit that can be taken back, or done again. */
export interface UndoableEdit {
  uuid: string;
  /** The edit in a sentence. */
  title: string;
}

/** What {@link Workspace.undo} and {@link Workspace.redo} would do; null where there is nothing. */
export interface Undoable {
  undo: UndoableEdit | null;
  redo: UndoableEdit | null;
}

/** Refused edits of one cause. */
export interface RefusalGroup {
  /** The same as long as there is something in the group. */
  key: string;
  /** Why the first of them was refused. */
  code: RefusalCode | null;
  message: string | null;
  /** As they were made, the oldest first. */
  receipts: ReceiptInfo[];
  /** For notes: all that was typed, in order, without what was taken back. */
  text: string | null;
}

/** The receipt of an edit that was just saved. */
export interface Receipt {
  readonly uuid: string;
  /** Resolves when the edit is durable at the hub; rejects with the refusal. It may wait for days, offline. */
  readonly stored: Promise<ReceiptInfo>;
}

type WithoutEvent<C> = C extends { event: string } ? Omit<C, "event"> : never;
/** A command on one event; the handle adds the event's id. */
export type EventCommand = WithoutEvent<Command>;

/** What a note needs of Yjs: pass the app's own `yjs` module, so that there is one copy of it. */
export interface Yjs<D extends YjsDoc> {
  Doc: new (options: { gc: boolean }) => D;
  applyUpdate(doc: D, update: Uint8Array, origin: unknown): void;
  encodeStateVector(doc: NoInfer<D>): Uint8Array;
  mergeUpdates(updates: Uint8Array[]): Uint8Array;
}

export interface YjsDoc {
  readonly clientID: number;
  on(event: "update", listener: (update: Uint8Array, origin: unknown) => void): unknown;
  off(event: "update", listener: (update: Uint8Array, origin: unknown) => void): unknown;
  destroy(): void;
}

/** What a note needs of an awareness: that of `y-protocols/awareness` is one. */
export interface YjsAwareness {
  readonly clientID: number;
  readonly states: Map<number, Record<string, unknown>>;
  readonly meta: Map<number, { clock: number; lastUpdated: number }>;
  getLocalState(): Record<string, unknown> | null;
  on(event: "update", listener: (changes: unknown, origin: unknown) => void): unknown;
  off(event: "update", listener: (changes: unknown, origin: unknown) => void): unknown;
  emit(event: "change" | "update", args: [changes: unknown, origin: unknown]): unknown;
  destroy(): void;
}

export interface NoteCursorOptions<D, A> {
  Awareness: new (doc: D) => A;
}

export interface NoteStatus {
  /** The document holds the note as this device knows it. */
  ready: boolean;
  /** All that was typed is saved on this device. */
  saved: boolean;
  /** Why what was typed cannot be saved just now; it is tried again. */
  error: WedSyncErrorInfo | null;
}

/** The document was replaced, because something in it was refused or is no longer the hub's. */
export interface NoteReset<D, A = undefined> {
  /** The document to bind the editor to. The one before is destroyed after this. */
  doc: D;
  /** That of this document. */
  awareness: A;
  /** What was typed and is not in the note; empty where nothing of it was text. */
  refused: string;
  /** Why, for people; null where nothing was refused. */
  message: string | null;
}

/** A note, for a stock Yjs editor: what these call a provider. */
export interface NoteHandle<D, A = undefined> {
  /** Bind the editor to the root "note" of this, and again after each `reset`. */
  readonly doc: D;
  /**
   * Where others write, and where this person does, for as long as they look. Each state of others has `user`: `id`,
   * `name`, `color` and `colorLight`, as the hub knows the person and not as their device says.
   */
  readonly awareness: A;
  readonly status: Store<NoteStatus>;
  /** Returns the function that stops it. */
  on(event: "reset", listener: (reset: NoteReset<D, A>) => void): () => void;
  /** Saves what was typed now, instead of a moment later. */
  flush(): void;
  /**
   * Saves what was typed, and lets go of the document. If that is refused, listeners of `reset` hear so a last time; the
   * document that they are given is destroyed.
   */
  destroy(): void;
}

export interface EventHandle {
  readonly id: string;
  /** Undefined until the event is known on this device. */
  readonly summary: Store<EventSummary | undefined>;
  /** Sorted by start, end, title. Unchanged rows keep their identity. */
  readonly assignments: Store<Assignment[]>;
  /**
   * What is wrong with the plan as this device shows it, edits that wait included: those that cannot be first, and of
   * these the greatest. Unchanged ones keep their identity.
   */
  readonly conflicts: Store<Conflict[]>;
  /** What each role needs and has, hour by hour, in the event's zone. */
  readonly coverage: Store<RoleCoverage[]>;
  /** The ways that its helpers have between shifts at different places. */
  readonly legs: Store<Leg[]>;
  /**
   * Who has this event open, oneself first, then by name: one row for each person, whatever the number of their tabs and
   * devices. Empty without a connection: then nobody is known to be here. Unchanged rows keep their identity.
   */
  readonly presence: Store<Peer[]>;
  /** Who had it open in the last day and has not now; the last to leave first. */
  readonly lastSeen: Store<LastSeen[]>;
  /**
   * Shows the others where this person is, until it is changed, the tab is hidden or closed; null for nowhere. Nothing of
   * it is kept. Throws a {@link WedSyncError} where it makes no sense. Over HTTP, where WebSockets do not pass, one sees the
   * others and is not seen.
   */
  setPresence(shown: Shown | null): void;
  /** Shows a cursor in the note of a shift: the awareness state of its editor (y-protocols), 16 kB at most; null for none. */
  setCursor(assignment: string, cursor: NoteCursor | null): void;
  do(command: EventCommand): Promise<Receipt>;
  /** The note of a shift. Each call has a document of its own: `destroy()` it when the editor goes. */
  notes<D extends YjsDoc>(assignment: string, Y: Yjs<D>): NoteHandle<D>;
  /** The same with cursors: pass the `Awareness` of the app's own `y-protocols/awareness`. */
  notes<D extends YjsDoc, A extends YjsAwareness>(assignment: string, Y: Yjs<D>, cursors: NoteCursorOptions<D, A>): NoteHandle<D, A>;
  /**
   * Which conflicts an edit would make and end. Changes nothing, and is quick enough to be called while a person drags.
   * Throws a {@link WedSyncError} where the edit could not stand.
   */
  previewConflicts(command: EventCommand): Outlook;
  /**
   * Who could take a shift, the best first: who is free, then who is not known to be, then who would have conflicts.
   * At most `limit`, else 20.
   */
  candidates(assignment: string, limit?: number): Candidate[];
  /** Looks for helpers for all open places, a little at a time, so that the page stays responsive. */
  fillGaps(options?: FillGapsOptions): Promise<FillPlan>;
  /** Reads a CSV file of shifts and says what importing it would do. Nothing is changed: pass `command` to `do` for that. */
  previewImport(csv: Uint8Array): Preview;
  export(format: "csv" | "json"): string;
}

export interface PersonHandle {
  /** Undefined where this person may not read it, or it is not known here. */
  readonly facts: Store<Person | undefined>;
}

export interface Workspace {
  readonly org: string;
  readonly user: string;
  readonly status: Store<Status>;
  /** Sorted by first day, title. */
  readonly events: Store<EventSummary[]>;
  /** Sorted by name. */
  readonly helpers: Store<Helper[]>;
  readonly places: Store<Place[]>;
  /** What counts for everybody; null where nobody said. */
  readonly rules: Store<RuleSet>;
  /** The journeys between places whose time somebody said. */
  readonly journeys: Store<Journey[]>;
  /** The conflicts of all events that are not archived, in the order of {@link EventHandle.conflicts}. */
  readonly conflicts: Store<Conflict[]>;
  /** Waiting, refused, and the latest stored edits; the newest first. */
  readonly receipts: Store<ReceiptInfo[]>;
  /** The refused among them, one group for each cause; the newest group first. */
  readonly refusals: Store<RefusalGroup[]>;
  /** Who of the team is here at all, in whichever event. */
  readonly presence: Store<Peer[]>;
  event(id: string): EventHandle;
  person(helper: string): PersonHandle;
  /** Saves an edit on this device. Rejects with a {@link WedSyncError} when it cannot stand, before anything is written. */
  do(command: Command): Promise<Receipt>;
  /**
   * This person's last edits on this device, in the same order in every tab and after a reload: about a hundred. Others are
   * taken back with `do({ type: "undo", mutation, by })`, where the role lets one.
   */
  readonly undoable: Store<Undoable>;
  /** Takes the last own edit back, as far as it still stands; the receipt's `kept` says what was not. Undefined where there is none. */
  undo(): Promise<Receipt | undefined>;
  /** Does again what was taken back last. Undefined where there is none, or another edit was made since. */
  redo(): Promise<Receipt | undefined>;
  /** What could be done about a conflict, the best first. Each was tried on the whole plan. */
  suggestions(conflict: Conflict | string): Suggestion[];
  /** Reads a helper's calendar, a file in the iCalendar format (.ics), on this device. Rejects where it is none. */
  readCalendar(file: Blob | Uint8Array, options: ReadCalendarOptions): Promise<CalendarPreview>;
  /** A helper's shifts in all events that are not archived, as the text of an .ics file. */
  calendarOf(helper: string): string;
  /** Who changed what and when, with before and after, the newest first: of an event, a shift, a helper, or all. */
  history(options?: HistoryOptions): Promise<HistoryPage>;
  /** Dismisses refused edits. */
  dismiss(uuids: string[]): Promise<void>;
  /** The waiting and refused edits as JSON text, for a file. Works even when the hub refuses this version. */
  exportWaiting(): Promise<string>;
  /** Tries to reach the hub now instead of waiting for the next attempt. */
  syncNow(): void;
  /** Closes the database and the connection. Edits that are saved stay saved. */
  close(): Promise<void>;
}

export interface OpenOptions {
  /** The hub's address, such as `https://hub.example.org`. */
  hub: string;
  /** Gives a JWT of your identity provider. Without it the device key of {@link join} signs. */
  token?: () => Promise<string>;
  /** Where the .wasm lies, if not beside the module. */
  wasm?: string | URL;
}

/** Who is signed in on this device, as it was when they joined. */
export interface Account {
  hub: string;
  org: string;
  orgName: string;
  user: string;
  name: string;
  role: Role;
  helper: string | null;
  device: string;
}

export interface Device {
  id: string;
  name: string;
  createdAt: number;
  lastSeenAt: number | null;
  current: boolean;
  revoked: boolean;
}

export interface Member {
  user: string;
  name: string;
  role: Role;
  helper: string | null;
}

/** Whose devices have the plan as it is now, as the hub knows it. */
export interface TeamState {
  /** The hub's time, in milliseconds since 1970: the clock of this device may be off. */
  now: number;
  members: MemberState[];
}

export interface MemberState extends Member {
  /** Connected now. Known also of those who sign in with a token of an identity provider and have no device here. */
  here: boolean;
  /** Without those that were revoked; who was here last is first. */
  devices: DeviceState[];
}

export interface DeviceState {
  name: string;
  here: boolean;
  /** It is here, but has not taken all there is yet: its network is slow. */
  behind: boolean;
  /** When it last had all that was at the hub; null where it joined and never came. */
  lastSeenAt: number | null;
}

export interface Invite {
  code: string;
  /** The link to pass on. */
  url: string;
  expiresAt: number;
}

/** What needs the hub at once: it fails with `unreachable` while offline. */
export interface Team {
  devices(): Promise<Device[]>;
  revokeDevice(id: string): Promise<void>;
  /** A link to sign in another device of the same person. */
  inviteDevice(): Promise<Invite>;
  members(): Promise<Member[]>;
  /** Who has the plan, and since when others have not. For those who plan. */
  state(): Promise<TeamState>;
  setRole(user: string, role: Role): Promise<void>;
  removeMember(user: string): Promise<void>;
  /** A link for a new member; with `helper`, for a helper who has no account yet. */
  invite(member: { role: Role; name: string; helper?: string }): Promise<Invite>;
}

export interface SignOutOptions {
  /**
   * What happens to edits that wait:
   * - `keep`: they stay on this device, locked until the same person signs in again
   * - `discard`: the replica and its waiting edits are deleted; export them first
   */
  waiting: "keep" | "discard";
}

/*
 * The functions of the package (see index.ts):
 *
 *   openWorkspace(options: OpenOptions): Promise<Workspace>
 *   join({ hub, code, deviceName }): Promise<Account>      signs in by an invitation's code; makes the device key
 *   account(): Promise<Account | undefined>                 who is signed in here
 *   signOut(workspace: Workspace, options: SignOutOptions): Promise<void>
 *   team(options?: { token }): Team                         members, devices, invitations
 *   newId(): string                                         a collision-free id for create and add commands
 *   class WedSyncError extends Error { code: ErrorCode; field: string | null }
 *
 * The hooks of "@wedsync/core/react" are in react.ts.
 */

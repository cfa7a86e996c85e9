/**
 * A note as a Yjs document that an editor writes in. What the hub committed and what waits on this device is applied to
 * it; what is written in it becomes `edit_note` commands.
 *
 * Yjs cannot take back. Where something in the document turns out to be refused, the editor gets a fresh document with
 * what still stands, and what was typed is handed out as text.
 */
import type { CoreNote } from "./core.js";
import { info, toError, type WedSyncError } from "./errors.js";
import type { EventHost } from "./event.js";
import { keep, LazyStore } from "./store.js";
import type { NoteHandle, NoteReset, NoteStatus, RefusalCode, Yjs, YjsDoc } from "./types.js";

/** What is typed within this time becomes one edit. */
export const GATHER_MS = 300;
const GATHER_BYTES = 32 * 1024;
/** After a failure of the device's storage it is tried again. */
const RETRY_MS = 2_000;

/** Failures that say nothing about the edit: it is tried again. */
const PASSING = new Set<string>([
  "quota_exceeded", "storage_closed", "storage_blocked", "storage_unavailable", "storage_newer", "storage_damaged",
  "storage_deleted", "closed", "trapped", "internal",
] satisfies (RefusalCode | WedSyncError["code"])[]);

/** Where people are in a document of the note; `close` before the document goes. */
export interface Cursors<A> {
  readonly awareness: A;
  close(): void;
}

export class Note<D extends YjsDoc, A> implements NoteHandle<D, A> {
  readonly status: LazyStore<NoteStatus>;
  readonly #event: string;
  readonly #assignment: string;
  readonly #Y: Yjs<D>;
  readonly #host: EventHost;
  readonly #attach: (doc: D) => Cursors<A>;
  readonly #listeners = new Set<(reset: NoteReset<D, A>) => void>();
  readonly #stop = new AbortController();
  readonly #unwatch: () => void;
  readonly #unregister: () => void;
  #doc: D;
  #cursors: Cursors<A>;
  #ready = false;
  #error: WedSyncError | undefined;
  /** Where canonical stood when it was last applied. */
  #epoch: number | null = null;
  #version = "";
  /** Edits that are in the document and were not known to be committed when it was last looked. */
  #waiting = new Set<string>();
  /** What was written and not handed to the core yet. */
  #written: Uint8Array[] = [];
  /** The same of documents before this one. */
  #leftover: { update: Uint8Array; doc: D }[] = [];
  /** The edits that the core is saving. */
  readonly #saving = new Set<Promise<void>>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #destroyed = false;

  constructor(event: string, assignment: string, Y: Yjs<D>, host: EventHost, attach: (doc: D) => Cursors<A>) {
    this.#event = event;
    this.#assignment = assignment;
    this.#Y = Y;
    this.#host = host;
    this.#attach = attach;
    this.#doc = this.#newDoc();
    this.#cursors = attach(this.#doc);
    this.status = new LazyStore<NoteStatus>({ ready: false, saved: true, error: null }, (previous) =>
      keep(previous, {
        ready: this.#ready,
        saved: this.#isSaved,
        error: this.#error ? info(this.#error) : null,
      }),
    );
    this.#unwatch = host.watch(`notes/${event}/${assignment}`, { invalidate: () => {}, notify: () => this.#heard() });
    this.#unregister = host.register(this);
    const on = (target: EventTarget | undefined, type: string) =>
      target?.addEventListener(type, () => this.flush(), { signal: this.#stop.signal });
    // A page that hides may never come back.
    on(globalThis.document, "visibilitychange");
    on(globalThis.window, "pagehide");
    on(globalThis.window, "blur");
    this.#heard();
  }

  get doc(): D {
    return this.#doc;
  }

  get awareness(): A {
    return this.#cursors.awareness;
  }

  on(_event: "reset", listener: (reset: NoteReset<D, A>) => void): () => void {
    const entry = (reset: NoteReset<D, A>) => listener(reset);
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { update, doc } of this.#leftover.splice(0)) this.#save(update, doc);
    if (this.#written.length === 0) return;
    const updates = this.#written.splice(0);
    this.#save(updates.length === 1 ? updates[0]! : this.#Y.mergeUpdates(updates), this.#doc);
  }

  /** Saves what was typed; resolves when that worked, or did not. */
  async settle(): Promise<void> {
    this.flush();
    await Promise.allSettled(this.#saving);
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.flush();
    this.#destroyed = true;
    this.#stop.abort();
    this.#unwatch();
    this.#cursors.close();
    this.#leave(this.#doc);
    this.#letGo();
  }

  get #isSaved(): boolean {
    return this.#written.length + this.#leftover.length + this.#saving.size === 0;
  }

  /** Listeners outlive the document until the last of it is saved: it may be refused. */
  #letGo(): void {
    if (!this.#destroyed || !this.#isSaved) return;
    this.#listeners.clear();
    this.#unregister();
  }

  #save(update: Uint8Array, doc: D): void {
    const saving = this.#submit(update, doc).then((error) => {
      this.#saving.delete(saving);
      this.#submitted(update, doc, error);
    });
    this.#saving.add(saving);
  }

  async #submit(update: Uint8Array, doc: D): Promise<WedSyncError | undefined> {
    const command = { type: "edit_note", event: this.#event, assignment: this.#assignment, update: base64(update) } as const;
    try {
      const { uuid } = await this.#host.do(command);
      // The document of before holds it, not this one: it comes with what waits.
      if (doc === this.#doc) this.#waiting.add(uuid);
      return undefined;
    } catch (thrown) {
      return toError(thrown);
    }
  }

  #submitted(update: Uint8Array, doc: D, error: WedSyncError | undefined): void {
    // Nobody opens the workspace again for a note that is gone.
    const isPassing = error && PASSING.has(error.code) && !(this.#destroyed && error.code === "closed");
    this.#error = isPassing ? error : undefined;
    if (isPassing) this.#tryAgain(update, doc, error);
    // The core did not take it: the document holds what is nowhere else.
    else if (error) this.#refused([update, ...(doc === this.#doc ? this.#written.splice(0) : [])], error.message);
    this.#changed();
    // The verdict may be there already.
    this.#heard();
    this.#letGo();
  }

  #tryAgain(update: Uint8Array, doc: D, { code }: WedSyncError): void {
    if (doc === this.#doc) this.#written.unshift(update);
    else this.#leftover.push({ update, doc });
    if (code !== "closed") this.#gather(RETRY_MS);
  }

  #refused(refused: Uint8Array[], message: string): void {
    if (this.#destroyed) this.#tell(this.#text(refused), message);
    else this.#reset(this.#read(), refused, message);
  }

  #read(): CoreNote | undefined {
    return this.#host.read((core) => core.note(this.#event, this.#assignment));
  }

  #heard(): void {
    try {
      if (!this.#destroyed) this.#pull();
    } catch (error) {
      // What an editor makes of it is the editor's.
      reportError(error);
    }
  }

  /** Takes in what changed. */
  #pull(): void {
    const note = this.#read();
    if (!note) return void this.#host.read((core) => core.open_note(this.#event, this.#assignment));
    const lost = this.#lost(note);
    const replaced = this.#epoch !== null && note.epoch !== null && note.epoch !== this.#epoch;
    if (replaced || lost.length > 0 || note.closed.includes(this.#doc.clientID)) {
      const message = lost.map((uuid) => this.#receipt(uuid)?.message).find((text) => text);
      this.#reset(note, [], message ?? null, lost);
    } else {
      this.#apply(note);
    }
    if (!this.#ready) {
      this.#ready = true;
      this.#changed();
    }
  }

  /** Edits that are in the document and neither wait any more nor were committed. */
  #lost(note: CoreNote): string[] {
    const pending = new Set(note.pending);
    const lost: string[] = [];
    for (const uuid of this.#waiting) {
      if (pending.has(uuid)) continue;
      if (this.#receipt(uuid)?.state === "stored") this.#waiting.delete(uuid);
      else lost.push(uuid);
    }
    return lost;
  }

  #receipt(uuid: string) {
    return this.#host.read((core) => core.receipt(uuid));
  }

  #apply(note: CoreNote): void {
    if (note.epoch !== null && note.version !== this.#version) {
      const known = this.#Y.encodeStateVector(this.#doc);
      const canonical = this.#host.read((core) => core.note_canonical(this.#event, this.#assignment, known));
      if (canonical) this.#Y.applyUpdate(this.#doc, canonical, this);
      this.#version = note.version;
      this.#epoch = note.epoch;
    }
    for (const uuid of note.pending) {
      if (this.#waiting.has(uuid)) continue;
      const update = this.#host.read((core) => core.note_edit(uuid));
      if (update) this.#Y.applyUpdate(this.#doc, update, this);
      this.#waiting.add(uuid);
    }
  }

  /** Goes on with a fresh document: what the hub committed, and what still waits. */
  #reset(note: CoreNote | undefined, refused: Uint8Array[], message: string | null, lost: string[] = []): void {
    // What was written meanwhile builds on a lineage that is closed, or is an edit like any other.
    if (note?.closed.includes(this.#doc.clientID)) refused = [...refused, ...this.#written.splice(0)];
    else this.flush();
    const text = lost.length > 0 ? (this.#host.read((core) => core.typed(lost)) ?? "") : "";
    const before = this.#doc;
    // A page shows one cursor in a note: that of the document before goes first.
    this.#cursors.close();
    this.#doc = this.#newDoc();
    this.#cursors = this.#attach(this.#doc);
    this.#waiting.clear();
    this.#version = "";
    this.#epoch = null;
    if (note) this.#apply(note);
    else this.#ready = false;
    this.#tell(text + this.#text(refused), message);
    this.#leave(before);
    this.#changed();
  }

  #text(updates: Uint8Array[]): string {
    return updates.map((update) => this.#host.read((core) => core.note_text(update)) ?? "").join("");
  }

  #tell(refused: string, message: string | null): void {
    const reset = { doc: this.#doc, awareness: this.awareness, refused, message };
    for (const listener of [...this.#listeners]) {
      try {
        listener(reset);
      } catch (error) {
        reportError(error);
      }
    }
  }

  #newDoc(): D {
    // Collected, a deletion within one transaction leaves a hole that the hub does not take.
    const doc = new this.#Y.Doc({ gc: false });
    doc.on("update", this.#onUpdate);
    return doc;
  }

  #leave(doc: D): void {
    doc.off("update", this.#onUpdate);
    doc.destroy();
  }

  readonly #onUpdate = (update: Uint8Array, origin: unknown): void => {
    if (origin === this) return;
    this.#written.push(update);
    this.#changed();
    const bytes = this.#written.reduce((sum, each) => sum + each.byteLength, 0);
    if (bytes >= GATHER_BYTES) this.flush();
    else this.#gather(GATHER_MS);
  };

  #gather(ms: number): void {
    this.#timer ??= setTimeout(() => this.flush(), ms);
  }

  #changed(): void {
    this.status.invalidate();
    queueMicrotask(() => this.status.notify());
  }
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8_192) text += String.fromCharCode(...bytes.subarray(i, i + 8_192));
  return btoa(text);
}

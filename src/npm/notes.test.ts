import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import type { Core, CoreReceipt } from "./core.js";
import { WedSyncError } from "./errors.js";
import { CoreEvent, type Settling } from "./event.js";
import { OwnPresence } from "./presence.js";
import { GATHER_MS } from "./notes.js";
import { Age, type Changeable } from "./store.js";
import type { Command, NoteHandle, NoteReset, Peer, PresenceState } from "./types.js";

const bytes = (base64: string) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const typed = (update: Uint8Array) => Y.decodeUpdate(update).structs.map((s) => ("content" in s ? s.content.getContent().join("") : "")).join("");
const lineages = (update: Uint8Array) => Y.decodeUpdate(update).structs.map((s) => s.id.client);

const at = { event: "e1", field: "note" };
/** Anna, who writes in the note, and looks at another one. */
const anna: Peer = {
  user: "u-anna", name: "Anna", role: "helper", helper: null, self: false, at_ms: 0,
  states: [
    { ...at, assignment: "a1", cursor: { client: 7, clock: 1, state: "{}" } },
    { ...at, assignment: "a2", cursor: { client: 8, clock: 1, state: "{}" } },
    { ...at, assignment: "a1", cursor: null },
  ],
};

/** The core of a device with a note of one shift; its tabs share it. */
class FakeDevice {
  hub = new Y.Doc();
  epoch = 1;
  seq = 0;
  opened = true;
  rows: CoreReceipt[] = [];
  closed = new Set<number>();
  /** What the next edits are answered with, instead of being saved. */
  failures: WedSyncError[] = [];
  open = new Set<Settling>();
  shown: PresenceState[] = [];
  #watching = new Set<Changeable>();

  core = {
    open_note: () => {
      this.opened = true;
      queueMicrotask(() => this.publish());
    },
    note: () =>
      this.opened
        ? { epoch: this.seq ? this.epoch : null, version: `${this.epoch}.${this.seq}`, pending: this.pending().map((r) => r.uuid), closed: [...this.closed] }
        : undefined,
    note_canonical: vi.fn((_event: string, _assignment: string, known: Uint8Array) => Y.encodeStateAsUpdate(this.hub, known)),
    note_edit: (uuid: string) => this.waiting().filter((r) => r.uuid === uuid).map(updateOf)[0],
    note_text: typed,
    typed: (uuids: string[]) => uuids.map((uuid) => typed(updateOf(this.rows.find((r) => r.uuid === uuid)!))).join(""),
    people_here: () => [anna],
    receipt: (uuid: string) => this.rows.find((r) => r.uuid === uuid),
  } as unknown as Core;

  event = new CoreEvent("e1", {
    read: (read) => read(this.core),
    need: (call) => call(this.core),
    age: new Age(),
    planAge: new Age(),
    do: async (command) => {
      await Promise.resolve();
      return { uuid: this.save(command), stored: new Promise(() => {}) };
    },
    shown: new OwnPresence((states) => void (this.shown = states)),
    watch: (_doc, changeable) => {
      this.#watching.add(changeable);
      return () => void this.#watching.delete(changeable);
    },
    register: (open) => {
      this.open.add(open);
      return () => void this.open.delete(open);
    },
  });

  get listeners() {
    return this.#watching.size;
  }

  save(command: Command): string {
    const failure = this.failures.shift();
    if (failure) throw failure;
    const verdict = { settled_at: null, code: null, message: null, replaced: [], kept: [] };
    const uuid = `u${this.rows.length}`;
    this.rows.push({ uuid, title: "Write", event: "e1", state: "saved", made_at: this.rows.length, command, ...verdict });
    this.publish();
    return uuid;
  }

  waiting = () => this.rows.filter((r) => r.state === "saved");
  pending = () => this.waiting().filter((r) => !lineages(updateOf(r)).some((client) => this.closed.has(client)));

  publish() {
    for (const each of [...this.#watching]) each.notify();
  }

  /** Somebody else writes. */
  write(text: string) {
    this.hub.getText("note").insert(0, text);
    this.seq++;
    this.publish();
  }

  /** The hub takes all that waits. */
  store() {
    for (const row of this.waiting()) {
      Y.applyUpdate(this.hub, updateOf(row));
      row.state = "stored";
    }
    this.seq++;
    this.publish();
  }

  refuse(uuid: string) {
    const row = this.rows.find((r) => r.uuid === uuid)!;
    Object.assign(row, { state: "refused", code: "forbidden", message: "A viewer cannot write.", text: typed(updateOf(row)) });
    for (const client of lineages(updateOf(row))) this.closed.add(client);
    this.publish();
  }
}

const updateOf = (row: CoreReceipt) => bytes((row.command as Command & { type: "edit_note" }).update);
const textOf = (note: NoteHandle<Y.Doc>) => note.doc.getText("note");
const shown = (note: NoteHandle<Y.Doc>) => textOf(note).toString();
const gather = () => vi.advanceTimersByTimeAsync(GATHER_MS);

describe("a note", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function open(device = new FakeDevice()) {
    const note = device.event.notes("a1", Y);
    const resets: NoteReset<Y.Doc>[] = [];
    note.on("reset", (reset) => resets.push(reset));
    return { device, note, resets };
  }

  it("is ready once the core has read it", async () => {
    const device = new FakeDevice();
    device.write("There");
    device.opened = false;
    const { note } = open(device);
    expect(note.status.get().ready).toBe(false);
    const listener = vi.fn();
    note.status.subscribe(listener);
    await gather();
    expect([note.status.get().ready, shown(note), listener.mock.calls.length > 0]).toEqual([true, "There", true]);
  });

  it("gathers what is typed into one edit, says when it is saved, and merges what others write", async () => {
    const { device, note, resets } = open();
    for (const letter of "Keys") textOf(note).insert(textOf(note).length, letter);
    expect([note.status.get().saved, device.rows.length]).toEqual([false, 0]);
    await gather();
    expect(note.status.get().saved).toBe(true);
    expect(device.rows.map((r) => typed(updateOf(r)))).toEqual(["Keys"]);
    device.write("The ");
    expect(["The Keys", "KeysThe "]).toContain(shown(note));
    device.store();
    await gather();
    expect(shown(note)).toBe(device.hub.getText("note").toString());
    expect([device.rows.length, resets]).toEqual([1, []]);
  });

  it("saves at once what is much, what is flushed, and what a closing editor leaves", async () => {
    const { device, note } = open();
    textOf(note).insert(0, "x".repeat(40_000));
    await vi.advanceTimersByTimeAsync(0);
    expect(device.rows.length).toBe(1);
    textOf(note).insert(0, "a");
    note.flush();
    textOf(note).insert(0, "b");
    note.destroy();
    await vi.advanceTimersByTimeAsync(0);
    expect(device.rows.slice(1).map((r) => typed(updateOf(r)))).toEqual(["a", "b"]);
    expect(device.listeners).toBe(0);
  });

  it("shows what another tab wrote, and reads canonical only when it moved", async () => {
    const { device, note: one } = open();
    const { note: two } = open(device);
    device.write("Hi");
    textOf(one).insert(2, " there");
    await gather();
    expect(shown(two)).toBe("Hi there");
    const reads = vi.mocked(device.core.note_canonical).mock.calls.length;
    textOf(two).insert(8, "!");
    await gather();
    expect([shown(one), vi.mocked(device.core.note_canonical).mock.calls.length]).toEqual(["Hi there!", reads]);
  });

  it("gives a fresh document to each tab when an edit was refused, with the text that is not in it", async () => {
    const { device, note, resets } = open();
    const other = open(device);
    device.write("Plan. ");
    textOf(note).insert(6, "one ");
    await gather();
    textOf(note).insert(10, "two ");
    await gather();
    textOf(other.note).insert(0, "Kept. ");
    await gather();
    textOf(note).insert(14, "three");
    const before = note.doc;
    device.refuse("u0");
    expect(note.doc).not.toBe(before);
    expect(resets).toEqual([{ doc: note.doc, refused: "one two three", message: "A viewer cannot write." }]);
    expect(other.resets.map((r) => r.refused)).toEqual(["one two "]);
    await gather();
    expect(device.rows.length).toBe(3);
    expect([shown(note), shown(other.note)]).toEqual(["Kept. Plan. ", "Kept. Plan. "]);
    textOf(note).insert(0, "Again. ");
    before.getText("note").insert(0, "Nobody hears this.");
    await gather();
    expect([shown(other.note), device.rows.length]).toEqual(["Again. Kept. Plan. ", 4]);
    device.store();
    expect(resets.length).toBe(1);
  });

  it("takes a refused deletion back, though no lineage closes with it, and keeps what is typed meanwhile", async () => {
    const { device, note, resets } = open();
    device.write("Plan");
    textOf(note).delete(0, 2);
    await gather();
    textOf(note).insert(2, " B");
    device.refuse("u0");
    expect(resets.map((r) => r.refused)).toEqual([""]);
    await gather();
    expect(shown(note)).toBe("Plan B");
    expect([note.status.get().saved, resets.length]).toEqual([true, 1]);
  });

  it("hands out what the core does not take", async () => {
    const { device, note, resets } = open();
    device.write("Plan");
    device.failures = [new WedSyncError("forbidden", "You are a viewer now.")];
    textOf(note).insert(4, " C");
    note.flush();
    textOf(note).insert(6, " D");
    await gather();
    expect(resets).toEqual([{ doc: note.doc, refused: " C D", message: "You are a viewer now." }]);
    expect([shown(note), device.rows.length, note.status.get().saved]).toEqual(["Plan", 0, true]);
  });

  it("leaves no hole where something was written and deleted in one go", async () => {
    const { device, note } = open();
    const root = note.doc.getXmlFragment("note");
    note.doc.transact(() => {
      const block = new Y.XmlElement("paragraph");
      block.insert(0, [new Y.XmlText("gone")]);
      root.insert(0, [block]);
      root.delete(0, 1);
      root.insert(0, [new Y.XmlText("there")]);
    });
    await gather();
    const { structs } = Y.decodeUpdate(updateOf(device.rows[0]!));
    expect([structs.length > 2, structs.filter((struct) => !(struct instanceof Y.Item))]).toEqual([true, []]);
  });

  it("tries again where the storage failed, and says so until it worked", async () => {
    const { device, note, resets } = open();
    device.failures = [new WedSyncError("quota_exceeded", "Full.")];
    textOf(note).insert(0, "One");
    await gather();
    expect(note.status.get()).toMatchObject({ saved: false, error: { code: "quota_exceeded" } });
    textOf(note).insert(3, "Two");
    await vi.advanceTimersByTimeAsync(3_000);
    expect(note.status.get()).toEqual({ ready: true, saved: true, error: null });
    expect([device.rows.map((r) => typed(updateOf(r))).join(""), resets]).toEqual(["OneTwo", []]);
  });

  it("tells those who listened when the last save is refused after the editor went", async () => {
    const { device, note, resets } = open();
    device.failures = [new WedSyncError("quota_exceeded", "Full."), new WedSyncError("forbidden", "You are a viewer now.")];
    textOf(note).insert(0, "Last words");
    note.destroy();
    await vi.advanceTimersByTimeAsync(0);
    expect([resets, device.open.size]).toEqual([[], 1]);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(resets).toEqual([{ doc: note.doc, refused: "Last words", message: "You are a viewer now." }]);
    expect([device.rows.length, device.open.size]).toEqual([0, 0]);
  });

  it("lets go at once of a note with nothing to save, and when it is saved", async () => {
    const { device, note } = open();
    const { note: written } = open(device);
    textOf(written).insert(0, "Saved");
    note.destroy();
    written.destroy();
    expect(device.open.size).toBe(1);
    await Promise.all([...device.open].map((each) => each.settle()));
    expect([device.open.size, device.rows.length]).toEqual([0, 1]);
  });

  it("hands out a refusal while the note cannot be read, and goes on when it can", async () => {
    const { device, note, resets } = open();
    device.write("Plan");
    textOf(note).insert(4, " E");
    device.failures = [new WedSyncError("forbidden", "You are a viewer now.")];
    device.core.open_note = () => {};
    device.opened = false;
    await gather();
    expect(resets.map((r) => r.refused)).toEqual([" E"]);
    expect([note.status.get().ready, shown(note)]).toEqual([false, ""]);
    device.opened = true;
    device.publish();
    expect([note.status.get().ready, shown(note)]).toEqual([true, "Plan"]);
  });

  it("saves by itself what was written in a document before, where that failed at first", async () => {
    const { device, note, resets } = open();
    device.write("Plan. ");
    textOf(note).delete(0, 1);
    await gather();
    device.failures = [new WedSyncError("quota_exceeded", "Full.")];
    textOf(note).insert(5, "Old. ");
    note.flush();
    // A deletion closes no lineage: the document is replaced while the core is saving.
    device.refuse("u0");
    await vi.advanceTimersByTimeAsync(0);
    expect([resets.length, shown(note), note.status.get().saved]).toEqual([1, "Plan. ", false]);
    textOf(note).insert(0, "New. ");
    await vi.advanceTimersByTimeAsync(3_000);
    expect(device.rows.slice(1).map((row) => typed(updateOf(row)))).toEqual(["Old. ", "New. "]);
    expect([shown(note), note.status.get().saved, resets.length]).toEqual(["New. Plan. Old. ", true, 1]);
  });

  it("has the cursors of the document that is written in, after a fresh one too", async () => {
    const device = new FakeDevice();
    const note = device.event.notes("a1", Y, { Awareness });
    const resets: NoteReset<Y.Doc, Awareness>[] = [];
    note.on("reset", (reset) => resets.push(reset));
    note.awareness.setLocalStateField("cursor", 1);
    note.doc.getText("note").insert(0, "Hi");
    await gather();
    const before = note.awareness;
    const cursors = () => device.shown.map(({ assignment, cursor }) => [assignment, cursor?.client, cursor?.state]);
    expect(cursors()).toEqual([["a1", note.doc.clientID, '{"cursor":1}']]);
    device.refuse("u0");
    expect(resets.map(({ doc, awareness }) => [doc, awareness])).toEqual([[note.doc, note.awareness]]);
    expect([note.awareness === before, note.awareness.clientID]).toEqual([false, note.doc.clientID]);
    expect([...note.awareness.getStates().keys()].sort((a, b) => a - b)).toEqual([7, note.doc.clientID]);
    expect(note.awareness.getStates().get(7)).toMatchObject({ user: { name: "Anna" } });
    before.setLocalState({ late: true });
    await vi.advanceTimersByTimeAsync(0);
    expect(cursors()).toEqual([["a1", note.doc.clientID, "{}"]]);
    note.destroy();
    expect(device.shown).toEqual([]);
  });

  it("starts anew where the hub came back from a backup", async () => {
    const { device, note, resets } = open();
    device.write("Lost with the disk");
    expect(shown(note)).toBe("Lost with the disk");
    device.hub = new Y.Doc();
    device.epoch = 2;
    device.write("From the backup");
    expect(shown(note)).toBe("From the backup");
    expect(resets).toEqual([{ doc: note.doc, refused: "", message: null }]);
  });
});

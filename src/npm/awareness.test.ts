import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Awareness, outdatedTimeout, removeAwarenessStates } from "y-protocols/awareness";
import * as Y from "yjs";
import { CursorLink, type NoteCursors, type PeerCursor } from "./awareness.js";
import type { NoteCursor } from "./types.js";

/** What the hub knows of who is in a note. */
class FakeCursors implements NoteCursors {
  peers: PeerCursor[] = [];
  shown: (NoteCursor | null)[] = [];
  watching = new Set<() => void>();

  get = () => this.peers;
  show = (cursor: NoteCursor | null) => void this.shown.push(cursor);
  watch = (listener: () => void) => {
    this.watching.add(listener);
    return () => void this.watching.delete(listener);
  };

  set(...peers: PeerCursor[]) {
    this.peers = peers;
    for (const each of this.watching) each();
  }
}

const anna = (state: unknown): PeerCursor => ({ client: 7, clock: 1, state: JSON.stringify(state), user: "u-anna", name: "Anna" });

function open() {
  const cursors = new FakeCursors();
  const awareness = new Awareness(new Y.Doc());
  const link = new CursorLink(awareness, cursors);
  const changes: unknown[] = [];
  awareness.on("change", (change: unknown) => changes.push(change));
  return { cursors, awareness, link, changes, own: awareness.clientID };
}

describe("cursors in a note", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("shows what the editor sets when it is done drawing, and nothing twice", async () => {
    const { cursors, awareness, own } = open();
    expect(cursors.shown).toEqual([{ client: own, clock: 0, state: "{}" }]);
    awareness.setLocalStateField("cursor", { anchor: 1 });
    awareness.setLocalStateField("cursor", { anchor: 2 });
    expect(cursors.shown.length).toBe(1);
    await vi.advanceTimersByTimeAsync(0);
    expect(cursors.shown.slice(1)).toEqual([{ client: own, clock: 2, state: '{"cursor":{"anchor":2}}' }]);
    // So an awareness renews its state every 15 seconds; presence has a renewal of its own.
    awareness.setLocalState(awareness.getLocalState());
    await vi.advanceTimersByTimeAsync(0);
    expect([awareness.meta.get(own)!.clock, cursors.shown.length]).toEqual([3, 2]);
  });

  it("puts others in under the name that the hub knows, and says what changed", () => {
    const { cursors, awareness, changes, own } = open();
    cursors.set(anna({ cursor: { head: 3 }, user: { name: "The owner", color: "url(//evil)" } }));
    expect(awareness.getStates().get(7)).toEqual({
      cursor: { head: 3 },
      user: { id: "u-anna", name: "Anna", color: expect.stringMatching(/^#[0-9a-f]{6}$/), colorLight: expect.stringMatching(/^#[0-9a-f]{8}$/) },
    });
    cursors.set(anna({ cursor: { head: 3 } }), { client: own, clock: 9, state: '{"not":"mine"}', user: "u-me", name: "Me" });
    cursors.set(anna({ cursor: { head: 3 } }));
    cursors.set();
    expect(changes).toEqual([
      { added: [7], updated: [], removed: [] },
      { added: [], updated: [7], removed: [] },
      { added: [], updated: [], removed: [7] },
    ]);
    expect([...awareness.getStates()]).toEqual([[own, {}]]);
  });

  it("knows who is there of a state that makes no sense", () => {
    const { cursors, awareness } = open();
    for (const state of ["{", "null", "3"]) {
      cursors.set({ ...anna({}), state });
      expect(awareness.getStates().get(7)).toEqual({ user: expect.objectContaining({ name: "Anna" }) });
    }
  });

  it("keeps people as long as the hub says that they are there", async () => {
    const { cursors, awareness, changes } = open();
    cursors.set(anna({ cursor: null }));
    await vi.advanceTimersByTimeAsync(120_000);
    const age = Date.now() - awareness.meta.get(7)!.lastUpdated;
    expect([age < outdatedTimeout / 2, changes.length]).toEqual([true, 1]);
    // Timers of a hidden page are late: what expired meanwhile is there again.
    removeAwarenessStates(awareness, [7], "timeout");
    await vi.advanceTimersByTimeAsync(15_000);
    expect(awareness.getStates().has(7)).toBe(true);
  });

  it("takes its own cursor away and lets go when it is closed", async () => {
    const { cursors, link } = open();
    link.close();
    expect(cursors.shown.at(-1)).toBeNull();
    expect([cursors.watching.size, vi.getTimerCount()]).toEqual([0, 0]);
  });
});

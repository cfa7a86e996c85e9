/**
 * Who writes in a note and where, as stock editors want it: an Awareness of y-protocols. What is set in it goes to the
 * hub as presence, what the hub says of others is put in. It lasts as long as people look.
 */
import type { NoteCursor, YjsAwareness } from "./types.js";

/** An awareness takes away by itself what was not renewed for 30 seconds. Here the hub says who is gone. */
const RENEW_MS = 10_000;

export interface PeerCursor extends NoteCursor {
  /** Who it is, as the hub has it. */
  user: string;
  name: string;
}

/** The cursors in one note, as presence has them. */
export interface NoteCursors {
  /** Those that are there now, one's own and those of one's other tabs among them. */
  get(): PeerCursor[];
  /** Shows one's own to others; null takes it away. */
  show(cursor: NoteCursor | null): void;
  /** Returns the function that stops it. */
  watch(listener: () => void): () => void;
}

/** Keeps an awareness and what the hub knows the same; `close` ends it. */
export class CursorLink<A extends YjsAwareness> {
  readonly awareness: A;
  readonly #cursors: NoteCursors;
  readonly #unwatch: () => void;
  readonly #timer: ReturnType<typeof setInterval>;
  /** What each peer's state was made of. */
  readonly #made = new Map<number, string>();
  #shown: string | null = null;
  #isQueued = false;

  constructor(awareness: A, cursors: NoteCursors) {
    this.awareness = awareness;
    this.#cursors = cursors;
    awareness.on("update", this.#onUpdate);
    this.#unwatch = cursors.watch(() => this.#take());
    this.#timer = setInterval(() => this.#take(), RENEW_MS);
    this.#take();
    this.#show();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#unwatch();
    this.awareness.off("update", this.#onUpdate);
    this.awareness.destroy();
    this.#show();
  }

  /** Editors set their state while they draw: what others hear of it waits until that is done. */
  readonly #onUpdate = (_changes: unknown, origin: unknown): void => {
    if (origin === this || this.#isQueued) return;
    this.#isQueued = true;
    queueMicrotask(() => {
      this.#isQueued = false;
      this.#show();
    });
  };

  #show(): void {
    const { clientID: client, meta } = this.awareness;
    const local = this.awareness.getLocalState();
    const state = local && JSON.stringify(local);
    if (state === this.#shown) return;
    this.#shown = state;
    this.#cursors.show(state === null ? null : { client, clock: meta.get(client)?.clock ?? 0, state });
  }

  #take(): void {
    const { clientID, states, meta } = this.awareness;
    const changes: Changes = { added: [], updated: [], removed: [] };
    const here = new Set([clientID]);
    for (const peer of this.#cursors.get()) {
      const { client } = peer;
      // One's own comes back from the hub.
      if (here.has(client)) continue;
      here.add(client);
      const { clock = 0 } = meta.get(client) ?? {};
      const made = JSON.stringify([peer.state, peer.user, peer.name]);
      const isSame = states.has(client) && this.#made.get(client) === made;
      meta.set(client, { clock: isSame ? clock : clock + 1, lastUpdated: Date.now() });
      if (isSame) continue;
      (states.has(client) ? changes.updated : changes.added).push(client);
      states.set(client, stateOf(peer));
      this.#made.set(client, made);
    }
    for (const client of states.keys()) if (!here.has(client)) changes.removed.push(client);
    for (const client of changes.removed) {
      states.delete(client);
      this.#made.delete(client);
    }
    if (changes.added.length + changes.updated.length + changes.removed.length === 0) return;
    this.awareness.emit("change", [changes, this]);
    this.awareness.emit("update", [changes, this]);
  }
}

interface Changes {
  added: number[];
  updated: number[];
  removed: number[];
}

/** Whose it is comes from the hub, whatever the state says of that. */
function stateOf({ state, user, name }: PeerCursor): Record<string, unknown> {
  const color = colorOf(user);
  return { ...parsed(state), user: { id: user, name, color, colorLight: `${color}33` } };
}

function parsed(state: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(state);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Each with a contrast of 4.5 to white letters on it, and of 3 to light and dark pages (WCAG 2.2, 1.4.3 and 1.4.11). */
const COLORS = ["#d43535", "#2670d7", "#208251", "#8a55d5", "#b15a0e", "#157d91", "#d12c7e", "#85710f", "#b73db7", "#488020"];

/** A person has the same colour on every device. */
function colorOf(user: string): string {
  let hash = 0;
  for (const char of user) hash = (hash * 31 + char.charCodeAt(0)) >>> 0;
  return COLORS[hash % COLORS.length]!;
}

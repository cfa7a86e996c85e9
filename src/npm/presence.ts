import type { NoteCursor, PresenceState } from "./types.js";

/** What a page shows of where its person is, to whoever may read that event. */
export interface Shown {
  /** The shift they look at. */
  assignment?: string;
  /** The field that they are editing; any name that the app has for it. */
  field?: string;
}

/** What this page shows altogether: a state for each event, and one for each note under a cursor. */
export class OwnPresence {
  readonly #states = new Map<string, PresenceState>();
  readonly #tell: (states: PresenceState[]) => void;

  /** `tell` throws where the states cannot be shown. */
  constructor(tell: (states: PresenceState[]) => void) {
    this.#tell = tell;
  }

  show(event: string, shown: Shown | null): void {
    const { assignment = null, field = null } = shown ?? {};
    this.#put(event, shown && { event, assignment, field, cursor: null });
  }

  showCursor(event: string, assignment: string, cursor: NoteCursor | null): void {
    this.#put(`${event}/${assignment}`, cursor && { event, assignment, field: "note", cursor });
  }

  /** Tells all of it again, to a core that was started again. */
  again(): void {
    if (this.#states.size > 0) this.#tell([...this.#states.values()]);
  }

  #put(key: string, state: PresenceState | null): void {
    const before = this.#states.get(key);
    if (!before && !state) return;
    if (state) this.#states.set(key, state);
    else this.#states.delete(key);
    try {
      this.#tell([...this.#states.values()]);
    } catch (error) {
      // What was shown before is shown still.
      if (before) this.#states.set(key, before);
      else this.#states.delete(key);
      throw error;
    }
  }
}

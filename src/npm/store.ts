import type { Store } from "./types.js";

/** What a {@link Notifier} needs of a store. */
export interface Changeable {
  /** Marks the value as out of date. */
  invalidate(): void;
  notify(): void;
}

/** Rises with what may have changed any store: thousands are out of date at once, for the price of a number. */
export class Age {
  #now = 0;

  get now(): number {
    return this.#now;
  }

  rise(): void {
    this.#now += 1;
  }
}

/** A store whose value is computed when it is read, not when it changes. */
export class LazyStore<T> implements Store<T>, Changeable {
  #value: T;
  #stale = true;
  #readAt = 0;
  readonly #age: Age | undefined;
  readonly #read: (previous: T) => T;
  readonly #listeners = new Set<() => void>();

  /** `read` gets the last value and returns that very value where nothing changed. A value is good for one `age`. */
  constructor(initial: T, read: (previous: T) => T, age?: Age) {
    this.#value = initial;
    this.#read = read;
    this.#age = age;
  }

  readonly get = (): T => {
    const age = this.#age?.now ?? 0;
    if (this.#stale || this.#readAt !== age) {
      // Before reading: a change during the read must leave it stale.
      this.#stale = false;
      this.#readAt = age;
      try {
        this.#value = this.#read(this.#value);
      } catch (error) {
        this.#stale = true;
        throw error;
      }
    }
    return this.#value;
  };

  readonly subscribe = (listener: () => void): (() => void) => {
    // Wrapped, so that one function subscribed twice is two subscriptions.
    const entry = () => listener();
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  };

  get isWatched(): boolean {
    return this.#listeners.size > 0;
  }

  invalidate(): void {
    this.#stale = true;
  }

  notify(): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        // A listener's mistake is its own: the others hear of the change all the same.
        reportError(error);
      }
    }
  }
}

/** Gathers changes of stores and notifies each once, after the work at hand. */
export class Notifier {
  #changed = new Set<Changeable>();
  readonly #after: () => void;

  /** `after` runs once behind each round of notifications. */
  constructor(after: () => void = () => {}) {
    this.#after = after;
  }

  /** Marks stores as changed at once; their listeners hear of it in a microtask. */
  changed(stores: Iterable<Changeable>): void {
    const idle = this.#changed.size === 0;
    for (const store of stores) {
      store.invalidate();
      this.#changed.add(store);
    }
    // Not at once: the core may be in the middle of a call, and must not be entered again.
    if (idle && this.#changed.size > 0) queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    const stores = [...this.#changed];
    this.#changed.clear();
    for (const store of stores) store.notify();
    this.#after();
  }
}

/** `previous` where both are alike as JSON, else `next`. */
export function keep<T>(previous: T, next: T): T {
  return previous === next || JSON.stringify(previous) === JSON.stringify(next) ? previous : next;
}

/** `next` with every unchanged row of `previous` in its old identity; `previous` itself where all are. */
export function keepRows<R>(previous: R[], next: R[], id: (row: R) => string): R[] {
  const old = new Map(previous.map((row) => [id(row), row]));
  return keepList(
    previous,
    next.map((row) => keep(old.get(id(row)) ?? row, row)),
  );
}

/** `previous` where it holds the same rows in the same order. */
export function keepList<R>(previous: R[], next: R[]): R[] {
  const same = previous.length === next.length && next.every((row, i) => row === previous[i]);
  return same ? previous : next;
}

/** Rows that the core hands over where they changed, with the ids of all in order. */
export class ChangedRows<R extends { id: string }> {
  readonly #rows = new Map<string, R>();

  /** The rows as they are now; each that did not change in its old identity. */
  take(previous: R[], changes: { upsert: R[]; order: string[] } | undefined): R[] {
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

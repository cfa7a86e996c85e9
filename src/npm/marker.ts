/**
 * Remembers outside of IndexedDB that a replica was filled once, so that an empty one is recognised as wiped
 * instead of being shown as an empty plan.
 */
export class Marker {
  readonly #key: string;
  /** Writing it again with every edit would cost as much as the edit. */
  #isPut = false;

  constructor(db: string) {
    this.#key = db;
  }

  get set(): boolean {
    return this.#try((storage) => storage.getItem(this.#key) !== null) ?? false;
  }

  get isPut(): boolean {
    return this.#isPut;
  }

  put(): void {
    if (this.#isPut) return;
    this.#isPut = true;
    this.#try((storage) => storage.setItem(this.#key, "filled"));
  }

  remove(): void {
    this.#isPut = false;
    this.#try((storage) => storage.removeItem(this.#key));
  }

  // Where storage is forbidden, even looking at it throws; a wiped replica then goes unnoticed, which is bearable.
  #try<T>(use: (storage: Storage) => T): T | undefined {
    try {
      return use(localStorage);
    } catch {
      return undefined;
    }
  }
}

// Writes down what the pages say at the moment they say it: a browser that is killed cannot take the memory along.
import { openSync, writeSync } from "node:fs";

export class Witness {
  #file;
  #started = Date.now();
  /** `{ at, device, life, page, uuid, state, code, kind }`, in the order they came. */
  entries = [];
  /** Edits that the devices declined before they were saved, by code. */
  declined = new Map();
  counts = { saved: 0, stored: 0, refused: 0 };
  #seen = { saved: new Set(), stored: new Set(), refused: new Set() };

  #waiting = new Set();

  constructor(path) {
    this.#file = openSync(path, "w");
  }

  /** `from` is `{ device, user, life, page }`: `life` counts the starts of the browser, `page` the loads of all its pages. */
  note(from, told) {
    for (const each of told) {
      if (each.declined) this.declined.set(each.declined, (this.declined.get(each.declined) ?? 0) + 1);
      const entry = { at: Date.now() - this.#started, ...from, ...each };
      writeSync(this.#file, `${JSON.stringify(entry)}\n`);
      if (each.declined) continue;
      for (const wait of this.#waiting) if (wait.device === from.device && wait.state === each.state) wait.done();
      this.entries.push(entry);
      const seen = this.#seen[each.state];
      if (!seen || seen.has(each.uuid)) continue;
      seen.add(each.uuid);
      this.counts[each.state]++;
    }
  }

  /** Resolves when the device says this next, or after the time. */
  next(device, state, ms) {
    return new Promise((resolve) => {
      const wait = { device, state };
      const limit = setTimeout(() => wait.done(), ms);
      wait.done = () => {
        clearTimeout(limit);
        this.#waiting.delete(wait);
        resolve();
      };
      this.#waiting.add(wait);
    });
  }
}

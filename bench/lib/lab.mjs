// The bench on which systems are measured: their pages, their servers, and for each a profile that has the season.
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Profile } from "./browser.mjs";
import { fixture, rowsOf, yjsDocuments } from "./fixtures.mjs";
import { Pages } from "./pages.mjs";
import { serve } from "./servers.mjs";

/** What is still being written behind a page's back, merged or compacted, has this long before the page is closed. */
const SETTLE_MS = 2000;
/** Those that keep rows, and have no server to get them from. */
const FILLED = { dexie: (lab) => rowsOf(lab.season), raw: (lab) => rowsOf(lab.season), ywasm: (lab) => [...yjsDocuments(lab.fixture, false).get("season")] };

export class Lab {
  #servers = new Map();
  #profiles = new Map();

  static async start(systems, season) {
    const lab = new Lab();
    lab.season = season;
    lab.fixture = await fixture(season);
    lab.events = season.events.map((event) => event.id);
    lab.shifts = season.events.reduce((sum, event) => sum + event.assignments.length, 0);
    lab.pages = await Pages.start(systems);
    return lab;
  }

  /** The server of a system; started with the season when first asked for. */
  async server(system) {
    if (!this.#servers.has(system)) this.#servers.set(system, await serve(system, this.fixture, this.pages));
    return this.#servers.get(system);
  }

  /** A server of its own, for runs that change what is there. */
  freshServer(system) {
    return serve(system, this.fixture, this.pages);
  }

  address(system) {
    return `${this.pages.origin}/${system}.html`;
  }

  /** What a page needs to open; `user` is one of the members. */
  options(server, { user = "user-1", durability, wire } = {}) {
    return { events: this.events, durability, ...(server?.page(user, wire) ?? {}) };
  }

  /** The options of a device that is offline: its server does not answer. */
  async offline(system, more) {
    const server = await this.server(system);
    server?.wire.cut();
    return this.options(server, more);
  }

  /** A profile of one of the members that has the season, to be removed by whoever asked. */
  async profile(system, user = "user-1") {
    const key = `${system} ${user}`;
    if (!this.#profiles.has(key)) this.#profiles.set(key, await this.#prepare(system, user));
    return this.#profiles.get(key).copy();
  }

  async #prepare(system, user) {
    const profile = new Profile(system);
    const server = await this.server(system);
    server?.wire.resume();
    const address = this.address(system);
    await profile.with(address, async (device) => {
      const options = this.options(server, { user });
      if (FILLED[system]) {
        await device.call("open", options);
        await device.call("fill", FILLED[system](this));
      } else {
        await device.call("join", options, this.shifts);
      }
      await sleep(SETTLE_MS);
    });
    // Twice more, with a network and without, for what browsers and libraries do only when they come back; and to see that it
    // is the same plan.
    for (const online of [true, false]) {
      const options = online ? this.options(server, { user }) : await this.offline(system, { user });
      await profile.with(address, async (device) => {
        await device.call("open", options);
        if (online && server) await device.call("connect");
        if ((await device.call("facts")) !== this.#facts()) throw new Error(`${system} does not show the plan that the season has`);
        await sleep(SETTLE_MS);
      });
    }
    return profile;
  }

  /** The same digest as a page's. */
  #facts() {
    const line = ({ id, title, role, start, end, place, note }) => [id, title, role, start, end, place, note].join("|");
    return createHash("sha256").update(rowsOf(this.season).map(line).sort().join("\n")).digest("hex");
  }

  /** `count` edits of notes, each of another shift, told apart by `tag`. */
  edits(count, tag) {
    const shifts = this.season.events.flatMap((event) => event.assignments.map((shift) => [event.id, shift.id]));
    return Array.from({ length: count }, (_, n) => [...shifts[(n * 37) % shifts.length], `Bring gloves, and ${n} cups (${tag})`]);
  }

  async close() {
    for (const server of this.#servers.values()) await server?.stop();
    for (const profile of this.#profiles.values()) profile.remove();
    await this.pages.close();
  }
}

/** Runs `use` with a lab and ends it. */
export async function withLab(systems, season, use) {
  const lab = await Lab.start(systems, season);
  try {
    return await use(lab);
  } finally {
    await lab.close();
  }
}

/** Runs `use` with a page on a copy of the profile that a member has of the system. */
export async function onCopy(lab, system, use, user) {
  const profile = await lab.profile(system, user);
  try {
    return await profile.with(lab.address(system), (device) => use(device, profile));
  } finally {
    profile.remove();
  }
}

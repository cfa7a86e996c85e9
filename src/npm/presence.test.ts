import { describe, expect, it, vi } from "vitest";
import type { Core } from "./core.js";
import { CoreEvent } from "./event.js";
import { OwnPresence } from "./presence.js";
import { Age } from "./store.js";
import type { Peer, PresenceState } from "./types.js";

const at = (event: string, assignment: string | null = null, field: string | null = null): PresenceState => ({
  event,
  assignment,
  field,
  cursor: null,
});

describe("OwnPresence", () => {
  it("tells all that the page shows, each event and each note once", () => {
    const tell = vi.fn<(states: PresenceState[]) => void>();
    const own = new OwnPresence(tell);
    own.show("e1", null);
    own.again();
    expect(tell).not.toHaveBeenCalled();
    own.show("e1", {});
    own.show("e1", { assignment: "a1", field: "title" });
    own.show("e2", {});
    const cursor = { client: 7, clock: 1, state: "{}" };
    own.showCursor("e1", "a1", cursor);
    const all = [at("e1", "a1", "title"), at("e2"), { ...at("e1", "a1", "note"), cursor }];
    expect(tell).toHaveBeenLastCalledWith(all);
    own.again();
    expect(tell).toHaveBeenCalledTimes(5);
    expect(tell).toHaveBeenLastCalledWith(all);
    own.show("e1", null);
    own.showCursor("e1", "a1", null);
    expect(tell).toHaveBeenLastCalledWith([at("e2")]);
  });

  it("goes on with what was shown before where the core refuses it", () => {
    const tell = vi.fn<(states: PresenceState[]) => void>();
    const own = new OwnPresence(tell);
    own.show("e1", { assignment: "a1" });
    tell.mockImplementationOnce(() => {
      throw new Error("too long");
    });
    expect(() => own.show("e1", { field: "f".repeat(100) })).toThrow("too long");
    own.again();
    expect(tell).toHaveBeenLastCalledWith([at("e1", "a1")]);
  });
});

describe("ev.presence", () => {
  it("keeps the rows of people who did not move", () => {
    const peer = (user: string, states: PresenceState[]) => ({ user, name: user, states }) as unknown as Peer;
    let here = [peer("anna", [at("e1")]), peer("ben", [at("e1")])];
    const core = { people_here: () => structuredClone(here), last_seen: () => [] } as unknown as Core;
    const event = new CoreEvent("e1", {
      read: (read) => read(core),
      need: (call) => call(core),
      age: new Age(),
      planAge: new Age(),
      do: vi.fn(),
      shown: new OwnPresence(() => {}),
      watch: () => () => {},
      register: () => () => {},
    });
    const [anna, ben] = event.presence.get();
    here = [here[0]!, peer("ben", [at("e1", "a1")])];
    event.presence.invalidate();
    const after = event.presence.get();
    expect(after[0]).toBe(anna);
    expect(after[1]).not.toBe(ben);
    event.presence.invalidate();
    expect(event.presence.get()).toBe(after);
    expect(event.lastSeen.get()).toBe(event.lastSeen.get());
  });
});

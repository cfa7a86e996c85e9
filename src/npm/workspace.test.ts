import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as Y from "yjs";
import type { Core, CoreHost, CoreReceipt, CoreStatus } from "./core.js";
import type { Command, Journey, Undoable } from "./types.js";
import { CoreWorkspace } from "./workspace.js";

const turn = () => new Promise((resolve) => setTimeout(resolve));
const command: Command = { type: "claim", event: "e1", assignment: "a1" };
const trap = () => new WebAssembly.RuntimeError("unreachable");

const offline: CoreStatus = {
  connection: "offline",
  network: "here",
  transport: null,
  pending: 0,
  refused: 0,
  storage: null,
  role: "helper",
  helper: "h1",
  synced_at: null,
  fresh: false,
};

/** A core whose rows and status a test sets. */
class FakeCore {
  status = vi.fn(() => offline);
  rows: CoreReceipt[] = [];
  hint = vi.fn();
  events = vi.fn(() => [{ id: "e1", title: "Fair" }]);
  event = vi.fn((id: string) => ({ id, title: "Fair" }));
  helpers = vi.fn(() => []);
  places = vi.fn(() => []);
  rules = vi.fn(() => ({ rest: 600 }));
  journeys = vi.fn((): Journey[] => []);
  conflicts = vi.fn(() => ({ upsert: [], order: [] }));
  suggestions = vi.fn(() => []);
  read_calendar = vi.fn((..._how: unknown[]) => ({ calendar: {}, command: { type: "import_busy" } }));
  write_calendar = vi.fn((helper: string) => `BEGIN:VCALENDAR of ${helper}`);
  person = vi.fn();
  note = vi.fn();
  open_note = vi.fn();
  people_here = vi.fn(() => []);
  last_seen = vi.fn(() => []);
  set_presence = vi.fn();
  undoable = vi.fn((): Undoable => ({ undo: null, redo: null }));
  assignments = vi.fn(() => ({ upsert: [{ id: "a1", title: "Bar" }], order: ["a1"] }));
  close = vi.fn(async () => {});
  receipts = () => [...this.rows].reverse();
  receipt = (uuid: string) => this.rows.find((row) => row.uuid === uuid);
  submit = vi.fn(async (json: string) => this.save(json));

  save(json: string): [string, string] {
    const uuid = `u${this.rows.length + 1}`;
    const verdict = { settled_at: null, code: null, message: null, replaced: [], kept: [] };
    const made = { made_at: Date.now(), command: JSON.parse(json) as Command };
    this.rows.push({ uuid, title: "Take Bar", event: "e1", state: "saved", ...made, ...verdict });
    return [uuid, "Take Bar"];
  }

  settle(uuid: string, verdict: Partial<CoreReceipt>): void {
    Object.assign(this.receipt(uuid)!, { settled_at: 5, ...verdict });
  }
}

async function setUp(...cores: FakeCore[]) {
  const hosts: CoreHost[] = [];
  const fresh = cores[0] ?? new FakeCore();
  const closed = vi.fn();
  const workspace = await CoreWorkspace.open({
    hub: "https://hub.example.org",
    org: "demo",
    user: "anna",
    db: "wedsync:demo:anna",
    role: "helper",
    helper: "h1",
    credential: async () => "token",
    signsInBackground: true,
    open: async (host) => {
      hosts.push(host);
      return cores[hosts.length - 1] as unknown as Core;
    },
    closed,
  });
  const publish = async (change: Partial<Parameters<CoreHost["publish"]>[0]>) => {
    hosts.at(-1)!.publish({ docs: [], receipts: false, settled: [], status: false, presence: false, ...change });
    await turn();
  };
  return { workspace, core: fresh, publish, closed };
}

describe("CoreWorkspace", () => {
  const kept = new Map<string, string>();
  const register = vi.fn(async () => {});
  const persist = vi.fn(async () => true);

  beforeEach(() => {
    kept.clear();
    vi.clearAllMocks();
    vi.stubGlobal("window", new EventTarget());
    vi.stubGlobal("document", Object.assign(new EventTarget(), { visibilityState: "visible" }));
    vi.stubGlobal("localStorage", {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    });
    const serviceWorker = { ready: Promise.resolve({ sync: { register } }), controller: null };
    vi.stubGlobal("navigator", { onLine: true, storage: { persist }, serviceWorker });
  });
  afterEach(() => void vi.unstubAllGlobals());

  it("takes the last edit back and does it again, one at a time, and says what comes next", async () => {
    const { workspace, core, publish } = await setUp(new FakeCore());
    expect(await workspace.undo()).toBeUndefined();
    expect(core.submit).not.toHaveBeenCalled();
    const heard = vi.fn();
    workspace.undoable.subscribe(heard);
    core.undoable.mockReturnValueOnce({ undo: { uuid: "m2", title: "Second" }, redo: null });
    core.undoable.mockReturnValueOnce({ undo: { uuid: "m1", title: "First" }, redo: { uuid: "u1", title: "Second" } });
    const both = await Promise.all([workspace.undo(), workspace.undo()]);
    expect(both.map((receipt) => receipt?.uuid)).toEqual(["u1", "u2"]);
    core.undoable.mockReturnValue({ undo: null, redo: { uuid: "u2", title: "First" } });
    await publish({ receipts: true });
    expect(heard).toHaveBeenCalled();
    expect(workspace.undoable.get().redo?.title).toBe("First");
    await workspace.redo();
    const sent = core.submit.mock.calls.map(([json]) => JSON.parse(json));
    expect(sent).toEqual(["m2", "m1", "u2"].map((mutation) => ({ type: "undo", mutation })));
  });

  it("notifies the stores that a publication is about, and reads none before it is looked at", async () => {
    const { workspace, core, publish } = await setUp(new FakeCore());
    const heard: string[] = [];
    const event = workspace.event("e1");
    const other = workspace.event("e2");
    const stores = {
      events: workspace.events,
      helpers: workspace.helpers,
      rules: workspace.rules,
      journeys: workspace.journeys,
      receipts: workspace.receipts,
      status: workspace.status,
      assignments: event.assignments,
      other: other.assignments,
      person: workspace.person("h1").facts,
      conflicts: workspace.conflicts,
      ofEvent: event.conflicts,
      ofOther: other.conflicts,
    };
    await turn();
    for (const [name, store] of Object.entries(stores)) store.subscribe(() => heard.push(name));
    await publish({ docs: ["event/e1"] });
    expect(heard.splice(0).sort()).toEqual(["assignments", "conflicts", "events", "ofEvent", "ofOther"]);
    await publish({ docs: ["roster", "person/h1"], receipts: true, status: true });
    const all = ["conflicts", "helpers", "journeys", "ofEvent", "ofOther", "person", "receipts", "rules", "status"];
    expect(heard.splice(0).sort()).toEqual(all);
    expect(core.events).not.toHaveBeenCalled();
    expect(workspace.events.get()).toBe(workspace.events.get());
    expect(core.events).toHaveBeenCalledTimes(1);
    expect(workspace.event("e1")).toBe(event);
  });

  it("settles a receipt whose verdict was published before the edit was called saved", async () => {
    const core = new FakeCore();
    const { workspace, publish } = await setUp(core);
    core.submit.mockImplementation(async (json) => {
      const saved = core.save(json);
      core.settle(saved[0], { state: "stored" });
      await publish({ receipts: true, settled: [saved[0], "of another tab"] });
      return saved;
    });
    const receipt = await workspace.do(command);
    await expect(receipt.stored).resolves.toMatchObject({ state: "stored", title: "Take Bar" });
  });

  it("shows an edit at once, and settles its receipt when the verdict is published", async () => {
    const { workspace, core, publish } = await setUp(new FakeCore());
    expect(workspace.receipts.get()).toEqual([]);
    const receipt = await workspace.event("e1").do({ type: "claim", assignment: "a1" });
    expect(workspace.receipts.get()).toMatchObject([{ uuid: receipt.uuid, state: "saved", command }]);
    core.settle(receipt.uuid, { state: "refused", code: "already_taken", message: "Ben was first." });
    const refused = expect(receipt.stored).rejects.toMatchObject({ code: "already_taken" });
    await publish({ receipts: true, settled: [receipt.uuid] });
    await refused;
    expect(workspace.receipts.get()).toMatchObject([{ state: "refused", message: "Ben was first." }]);
  });

  it("reads rules and journeys, in their identity as long as they are the same", async () => {
    const { workspace, core, publish } = await setUp(new FakeCore());
    const way = { from: "barn", to: "chapel", minutes: 12 };
    core.journeys.mockReturnValue([way, { ...way, to: "meadow" }]);
    const [rules, journeys] = [workspace.rules.get(), workspace.journeys.get()];
    expect([rules.rest, journeys.length]).toEqual([600, 2]);
    core.journeys.mockReturnValue([{ ...way, minutes: 20 }, { ...way, to: "meadow" }]);
    await publish({ docs: ["roster"] });
    expect(workspace.rules.get()).toBe(rules);
    expect(workspace.journeys.get()[0]?.minutes).toBe(20);
    expect(workspace.journeys.get()[1]).toBe(journeys[1]);
  });

  it("works conflicts out for those who look at them only", async () => {
    const { workspace, core, publish } = await setUp(new FakeCore());
    await workspace.event("e1").do({ type: "claim", assignment: "a1" });
    await publish({ docs: ["event/e1"] });
    await workspace.close();
    expect(core.conflicts).not.toHaveBeenCalled();
  });

  it("asks the core about conflicts and calendars, and gives the bytes of a chosen file", async () => {
    const { workspace, core } = await setUp(new FakeCore());
    expect(workspace.suggestions("overlap:anna:")).toEqual([]);
    expect(core.suggestions).toHaveBeenCalledWith("overlap:anna:");
    const file = new File(["BEGIN:VCALENDAR"], "Work.ics");
    const days = { zone: "Europe/Berlin", first: "2026-07-01", last: "2026-07-31" };
    await expect(workspace.readCalendar(file, { helper: "anna", ...days })).resolves.toMatchObject({ command: { type: "import_busy" } });
    const bytes = new TextEncoder().encode("BEGIN:VCALENDAR");
    expect(core.read_calendar).toHaveBeenCalledWith("anna", bytes, "Work", "Europe/Berlin", "2026-07-01", "2026-07-31");
    expect(workspace.calendarOf("anna")).toBe("BEGIN:VCALENDAR of anna");

    core.read_calendar.mockImplementation(() => {
      throw { code: "invalid", message: "This is no calendar file.", field: "file" };
    });
    await expect(workspace.readCalendar(bytes, { helper: "anna" })).rejects.toMatchObject({ code: "invalid", field: "file" });
  });

  it("asks for a sync event and for lasting storage after an edit made offline", async () => {
    const { workspace } = await setUp(new FakeCore());
    await workspace.do(command);
    await workspace.do(command);
    await turn();
    expect(register).toHaveBeenCalledWith("wedsync-drain:wedsync:demo:anna");
    expect(persist).toHaveBeenCalledTimes(1);
  });

  it("finds an edit that was saved before the core failed, and does not claim others", async () => {
    const first = new FakeCore();
    const second = new FakeCore();
    first.submit.mockImplementation(async (json) => {
      second.save(json);
      throw trap();
    });
    const { workspace } = await setUp(first, second);
    await expect(workspace.do(command)).resolves.toMatchObject({ uuid: "u1" });

    const lost = new FakeCore();
    lost.submit.mockRejectedValue(trap());
    const { workspace: unlucky } = await setUp(lost, new FakeCore());
    await expect(unlucky.do(command)).rejects.toMatchObject({ code: "trapped" });
  });

  it("keeps rows in their identity when a fresh core takes over, and tells of what changed", async () => {
    const first = new FakeCore();
    const second = new FakeCore();
    second.status.mockReturnValue({ ...offline, pending: 7 });
    const { workspace } = await setUp(first, second);
    const rows = workspace.event("e1").assignments.get();
    const heard = vi.fn();
    workspace.status.subscribe(heard);
    first.events.mockImplementation(() => {
      throw trap();
    });
    workspace.events.get();
    await turn();
    expect(heard).toHaveBeenCalled();
    expect(workspace.status.get().pending).toBe(7);
    expect(workspace.event("e1").assignments.get()).toBe(rows);
    expect(second.hint).toHaveBeenCalledWith("visible");
  });

  it("says that a replica was wiped, until it is complete again", async () => {
    const before = await setUp(new FakeCore());
    before.core.status.mockReturnValue({ ...offline, connection: "online", synced_at: 1 });
    await before.publish({ status: true });
    expect(before.workspace.status.get().wiped).toBe(false);
    await before.workspace.close();

    const wiped = new FakeCore();
    wiped.status.mockReturnValue({ ...offline, fresh: true });
    const { workspace, publish } = await setUp(wiped);
    expect(workspace.status.get().wiped).toBe(true);
    wiped.status.mockReturnValue({ ...offline, connection: "online", synced_at: 2 });
    await publish({ status: true });
    expect(workspace.status.get().wiped).toBe(false);
  });

  it("is new, not wiped, where nothing was filled before", async () => {
    const core = new FakeCore();
    core.status.mockReturnValue({ ...offline, fresh: true });
    const { workspace } = await setUp(core);
    expect(workspace.status.get().wiped).toBe(false);
  });

  it("saves what notes still hold before it closes", async () => {
    const { workspace, core } = await setUp(new FakeCore());
    const note = workspace.event("e1").notes("a1", Y);
    note.doc.getText("note").insert(0, "Last words");
    await workspace.close();
    expect(core.rows.map((row) => row.command.type)).toEqual(["edit_note"]);
    expect(note.status.get().saved).toBe(true);
  });

  it("closes once, with the last state to look at and waiting promises told", async () => {
    const { workspace, core, closed } = await setUp(new FakeCore());
    const receipt = await workspace.do(command);
    const told = expect(receipt.stored).rejects.toMatchObject({ code: "closed" });
    await Promise.all([workspace.close(), workspace.close()]);
    await told;
    expect(core.close).toHaveBeenCalledTimes(1);
    expect(closed).toHaveBeenCalledTimes(1);
    expect(workspace.receipts.get()).toHaveLength(1);
    await expect(workspace.do(command)).rejects.toMatchObject({ code: "closed" });
  });

  it("shows again to a core that was started again where the person is", async () => {
    const [first, second] = [new FakeCore(), new FakeCore()];
    const { workspace } = await setUp(first, second);
    workspace.event("e1").setPresence({ assignment: "a1" });
    const shown = JSON.stringify([{ event: "e1", assignment: "a1", field: null, cursor: null }]);
    expect(first.set_presence).toHaveBeenLastCalledWith(shown);
    first.events.mockImplementation(() => {
      throw new WebAssembly.RuntimeError("unreachable");
    });
    workspace.events.invalidate();
    workspace.events.get();
    await vi.waitFor(() => expect(second.set_presence).toHaveBeenLastCalledWith(shown));
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Core } from "./core.js";
import { CALL_LIMIT_MS, Instance, type InstanceHooks } from "./instance.js";

const trap = () => new WebAssembly.RuntimeError("unreachable");
const never = () => new Promise<never>(() => {});

function setUp(cores: Partial<Core>[]) {
  const closed = vi.fn(async () => {});
  const publishers: Parameters<InstanceHooks["open"]>[0][] = [];
  const hooks = {
    open: vi.fn(async (publish: Parameters<InstanceHooks["open"]>[0]) => {
      publishers.push(publish);
      const core = cores.shift();
      if (!core) throw { code: "storage_closed", message: "no more" };
      return { close: closed, ...core } as Core;
    }),
    publish: vi.fn(),
    replaced: vi.fn(),
    failed: vi.fn(),
  };
  return { hooks, closed, publishers };
}

describe("Instance", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("throws a trapped core away, and goes on with a fresh one", async () => {
    const { hooks, closed, publishers } = setUp([
      { events: () => { throw trap(); }, submit: never },
      { events: () => [], submit: async () => ["u2", "Take Bar"] },
    ]);
    const instance = await Instance.start(hooks);
    const waiting = instance.call((core) => core.submit("{}"));
    const rejected = expect(waiting).rejects.toMatchObject({ code: "trapped" });
    expect(instance.read((core) => core.events())).toBeUndefined();
    await rejected;
    expect(hooks.open).toHaveBeenCalledTimes(2);
    expect(hooks.replaced).toHaveBeenCalledTimes(1);
    expect(closed).toHaveBeenCalledTimes(1);
    expect(instance.read((core) => core.events())).toEqual([]);
    await expect(instance.call((core) => core.submit("{}"))).resolves.toEqual(["u2", "Take Bar"]);

    const change = { docs: [], receipts: true, settled: [], status: false, presence: false };
    publishers[0]!(change);
    expect(hooks.publish).not.toHaveBeenCalled();
    publishers[1]!(change);
    expect(hooks.publish).toHaveBeenCalledWith(change);
  });

  it("rejects calls only when the fresh core is there to be asked what was saved", async () => {
    const { hooks } = setUp([{ submit: async () => { throw trap(); } }, { receipts: () => [] }]);
    const instance = await Instance.start(hooks);
    const error = await instance.call((core) => core.submit("{}")).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "trapped" });
    expect(instance.read((core) => core.receipts())).toEqual([]);
  });

  it("takes an answer that never comes for a trap", async () => {
    const { hooks } = setUp([{ submit: never }, {}]);
    const instance = await Instance.start(hooks);
    const rejected = expect(instance.call((core) => core.submit("{}"))).rejects.toMatchObject({ code: "trapped" });
    await vi.advanceTimersByTimeAsync(CALL_LIMIT_MS);
    await rejected;
    expect(hooks.open).toHaveBeenCalledTimes(2);
  });

  it("gives up after more than three traps in a minute, not after three an hour", async () => {
    const bad = { events: () => { throw trap(); } };
    const { hooks } = setUp(Array.from({ length: 8 }, () => bad));
    const instance = await Instance.start(hooks);
    for (let i = 0; i < 3; i += 1) {
      instance.read((core) => core.events());
      await vi.advanceTimersByTimeAsync(61_000);
    }
    expect(hooks.failed).not.toHaveBeenCalled();
    for (let i = 0; i < 4; i += 1) {
      instance.read((core) => core.events());
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(hooks.failed).toHaveBeenCalledTimes(1);
    expect(hooks.failed.mock.calls[0]![0]).toMatchObject({ code: "trapped" });
    await expect(instance.call((core) => core.close())).rejects.toMatchObject({ code: "trapped" });
  });

  it("says so when no fresh core can be opened", async () => {
    const { hooks } = setUp([{ events: () => { throw trap(); } }]);
    const instance = await Instance.start(hooks);
    instance.read((core) => core.events());
    await expect(instance.call((core) => core.submit("{}"))).rejects.toMatchObject({ code: "storage_closed" });
    expect(hooks.failed).toHaveBeenCalledTimes(1);
  });

  it("passes refusals on as they are, without a new core", async () => {
    const refusal = { code: "forbidden", message: "Viewers look." };
    const { hooks } = setUp([{ submit: () => Promise.reject(refusal), events: () => { throw refusal; } }]);
    const instance = await Instance.start(hooks);
    await expect(instance.call((core) => core.submit("{}"))).rejects.toMatchObject(refusal);
    expect(() => instance.read((core) => core.events())).toThrow("Viewers look.");
    expect(hooks.open).toHaveBeenCalledTimes(1);
  });

  it("rejects everything after closing with `closed`", async () => {
    const { hooks, closed } = setUp([{ submit: never }]);
    const instance = await Instance.start(hooks);
    const rejected = expect(instance.call((core) => core.submit("{}"))).rejects.toMatchObject({ code: "closed" });
    await instance.close();
    await rejected;
    expect(closed).toHaveBeenCalledTimes(1);
    await expect(instance.call((core) => core.submit("{}"))).rejects.toMatchObject({ code: "closed" });
    expect(() => instance.need((core) => core.status())).toThrow(expect.objectContaining({ code: "closed" }));
  });
});

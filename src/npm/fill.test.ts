import { describe, expect, it, vi } from "vitest";
import type { Core } from "./core.js";
import { fill } from "./fill.js";

const progress = (done: number) => ({ done, total: 3, placed: done, places: 3 });

function setUp(steps: number) {
  let done = 0;
  const core = {
    fill_start: vi.fn(() => 7),
    fill_step: vi.fn((_fill: number, _budget: number) => ({ is_done: ++done === steps, progress: progress(done) })),
    fill_plan: vi.fn(() => ({ event: "e1", assign: [], command: null })),
    fill_end: vi.fn(),
  };
  const host = { need: <T>(call: (core: Core) => T) => call(core as unknown as Core), read: <T>(call: (core: Core) => T) => call(core as unknown as Core) };
  return { core, host };
}

describe("fill", () => {
  it("goes on in slices, tells how far it is, and lets others run between them", async () => {
    const { core, host } = setUp(3);
    const heard: string[] = [];
    setTimeout(() => heard.push("another task"));
    const plan = await fill("e1", host, { ask_unknown: true, onProgress: ({ done }) => heard.push(`step ${done}`) });
    expect(plan).toMatchObject({ event: "e1" });
    expect(heard).toEqual(["step 1", "another task", "step 2", "step 3"]);
    expect(core.fill_start).toHaveBeenCalledWith("e1", { ask_unknown: true, accept_medium: false, to_most: false });
    expect(core.fill_end).toHaveBeenCalledExactlyOnceWith(7);
  });

  it("takes more at once where a slice is quick", async () => {
    const { core, host } = setUp(3);
    await fill("e1", host, {});
    expect(core.fill_step.mock.calls.map(([, budget]) => budget)).toEqual([200, 400, 800]);
  });

  it("stops when it is told to, and lets go of the search", async () => {
    const { core, host } = setUp(100);
    const stop = new AbortController();
    const running = fill("e1", host, { signal: stop.signal, onProgress: ({ done }) => done === 2 && stop.abort() });
    await expect(running).rejects.toMatchObject({ name: "AbortError" });
    expect(core.fill_step).toHaveBeenCalledTimes(2);
    expect(core.fill_end).toHaveBeenCalledTimes(1);
    expect(core.fill_plan).not.toHaveBeenCalled();

    await expect(fill("e1", host, { signal: stop.signal })).rejects.toMatchObject({ name: "AbortError" });
    expect(core.fill_start).toHaveBeenCalledTimes(1);
  });
});

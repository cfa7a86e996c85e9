import { beforeEach, describe, expect, it, vi } from "vitest";
import type { StoredAccount } from "./account-store.js";
import type { Core, DrainResult } from "./core.js";
import { drain, type OpenWorkerCore } from "./drain.js";

let current: StoredAccount | undefined;

vi.mock("./account-store.js", async (original) => ({
  ...(await original<typeof import("./account-store.js")>()),
  currentAccount: async () => current,
}));

function worker(pending: number, result: DrainResult) {
  const core = {
    status: () => ({ pending }),
    drain: vi.fn(async () => result),
    close: vi.fn(async () => {}),
  };
  const open = vi.fn<OpenWorkerCore>(async () => core as unknown as Core);
  return { core, open };
}

describe("drain", () => {
  beforeEach(() => {
    const account = { hub: "http://hub", org: "demo", user: "anna", role: "helper", helper: null } as const;
    const rest = { key: {} as CryptoKeyPair, clockOffset: 0, locked: false };
    current = { id: "demo:anna", account: { ...account, orgName: "Demo", name: "Anna", device: "d1" }, ...rest };
  });

  it("sends what waits in the replica of the person who is signed in, and closes", async () => {
    const { core, open } = worker(5, { left: 2, reason: "timeout" });
    await expect(drain(open, "wedsync:demo:anna")).resolves.toEqual({ waited: 5, left: 2 });
    expect(open.mock.calls[0]![0]).toMatchObject({ db: "wedsync:demo:anna", user: "anna", mode: "worker" });
    expect(core.close).toHaveBeenCalledTimes(1);
  });

  it("leaves the replica of anybody else alone", async () => {
    const { open } = worker(5, { left: 0, reason: "drained" });
    await expect(drain(open, "wedsync:demo:ben")).resolves.toEqual({ waited: 0, left: 0 });
    current = undefined;
    await expect(drain(open)).resolves.toEqual({ waited: 0, left: 0 });
    expect(open).not.toHaveBeenCalled();
  });

  it("is one where two begin at once, and runs again after", async () => {
    const { open } = worker(1, { left: 0, reason: "drained" });
    await Promise.all([drain(open), drain(open, "wedsync:demo:anna")]);
    expect(open).toHaveBeenCalledTimes(1);
    await drain(open);
    expect(open).toHaveBeenCalledTimes(2);
  });

  it("looks again while a closing page still holds the network", async () => {
    vi.useFakeTimers();
    const { core, open } = worker(5, { left: 0, reason: "drained" });
    core.drain.mockResolvedValueOnce({ left: 5, reason: "other_tab" });
    const drained = drain(open);
    await vi.advanceTimersByTimeAsync(1_000);
    vi.useRealTimers();
    await expect(drained).resolves.toEqual({ waited: 5, left: 0 });
    expect(core.close).toHaveBeenCalledTimes(2);
  });

  it("leaves the network to a page that keeps it", async () => {
    vi.useFakeTimers();
    const { core, open } = worker(5, { left: 5, reason: "other_tab" });
    const drained = drain(open);
    await vi.advanceTimersByTimeAsync(10_000);
    vi.useRealTimers();
    await expect(drained).resolves.toEqual({ waited: 5, left: 5 });
    expect(core.drain).toHaveBeenCalledTimes(3);
  });

  it("does not bring the replica back of a person who signed out while it waited", async () => {
    vi.useFakeTimers();
    const { open } = worker(5, { left: 5, reason: "other_tab" });
    const drained = drain(open);
    await vi.advanceTimersByTimeAsync(100);
    current = undefined;
    await vi.advanceTimersByTimeAsync(10_000);
    vi.useRealTimers();
    await expect(drained).resolves.toEqual({ waited: 5, left: 0 });
    expect(open).toHaveBeenCalledTimes(1);
  });

  it("closes after a failure, and does not hang on a core that does not answer", async () => {
    const { core, open } = worker(1, { left: 1, reason: "" });
    core.drain.mockRejectedValueOnce(new Error("gone"));
    await expect(drain(open)).rejects.toThrow("gone");
    expect(core.close).toHaveBeenCalledTimes(1);

    vi.useFakeTimers();
    core.drain.mockReturnValueOnce(new Promise(() => {}));
    const hung = expect(drain(open)).rejects.toThrow("too long");
    await vi.advanceTimersByTimeAsync(25_000);
    vi.useRealTimers();
    await hung;
  });
});

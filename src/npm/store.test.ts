import { describe, expect, it, vi } from "vitest";
import { Age, keepRows, LazyStore, Notifier } from "./store.js";

const turn = () => new Promise((resolve) => setTimeout(resolve));

describe("LazyStore", () => {
  it("reads when it is looked at, and once for each change", () => {
    const read = vi.fn((n: number) => n + 1);
    const store = new LazyStore(0, read);
    expect(read).not.toHaveBeenCalled();
    expect([store.get(), store.get()]).toEqual([1, 1]);
    store.invalidate();
    store.invalidate();
    expect([store.get(), store.get()]).toEqual([2, 2]);
    expect(read).toHaveBeenCalledTimes(2);
  });

  it("reads again once its age is over, for all that share it", () => {
    const age = new Age();
    const stores = [1, 2].map((step) => new LazyStore(0, (n: number) => n + step, age));
    const plain = new LazyStore(0, (n: number) => n + 1);
    const all = () => [...stores, plain].map((store) => store.get());
    expect([all(), all()]).toEqual([[1, 2, 1], [1, 2, 1]]);
    age.rise();
    age.rise();
    expect([all(), all()]).toEqual([[2, 4, 1], [2, 4, 1]]);
  });

  it("stays stale after a read that failed", () => {
    const read = vi.fn((n: number) => n + 1).mockImplementationOnce(() => {
      throw new Error("no");
    });
    const store = new LazyStore(0, read);
    expect(() => store.get()).toThrow("no");
    expect(store.get()).toBe(1);
  });

  it("calls each subscription, and none after it was stopped", () => {
    const store = new LazyStore(0, (n) => n);
    const listener = vi.fn();
    const stop = store.subscribe(listener);
    store.subscribe(listener);
    store.notify();
    expect(listener).toHaveBeenCalledTimes(2);
    stop();
    store.notify();
    expect(listener).toHaveBeenCalledTimes(3);
  });
});

describe("Notifier", () => {
  it("notifies once for many changes, after the work at hand, while reads are fresh at once", async () => {
    let value = 1;
    const after = vi.fn();
    const notifier = new Notifier(after);
    const store = new LazyStore(0, () => value);
    const listener = vi.fn();
    store.subscribe(listener);
    expect(store.get()).toBe(1);
    value = 2;
    notifier.changed([store]);
    notifier.changed([store]);
    expect(store.get()).toBe(2);
    expect(listener).not.toHaveBeenCalled();
    await turn();
    expect(listener).toHaveBeenCalledTimes(1);
    expect(after).toHaveBeenCalledTimes(1);
  });

  it("goes on after a listener that throws", async () => {
    const report = vi.fn();
    vi.stubGlobal("reportError", report);
    const store = new LazyStore(0, (n) => n);
    const second = vi.fn();
    store.subscribe(() => {
      throw new Error("mine");
    });
    store.subscribe(second);
    new Notifier().changed([store]);
    await turn();
    vi.unstubAllGlobals();
    expect(second).toHaveBeenCalledTimes(1);
    expect(report).toHaveBeenCalledTimes(1);
  });
});

describe("keepRows", () => {
  const id = (row: { id: string }) => row.id;

  it("keeps the list where nothing changed, and unchanged rows where something did", () => {
    const before = [{ id: "a", n: 1 }, { id: "b", n: 1 }];
    expect(keepRows(before, [{ id: "a", n: 1 }, { id: "b", n: 1 }], id)).toBe(before);
    const after = keepRows(before, [{ id: "b", n: 2 }, { id: "a", n: 1 }], id);
    expect(after).toEqual([{ id: "b", n: 2 }, { id: "a", n: 1 }]);
    expect(after[1]).toBe(before[0]);
  });
});

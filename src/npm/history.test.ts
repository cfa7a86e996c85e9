import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Core, HistorySubject } from "./core.js";
import { history, type HistoryHost, type HistoryOptions } from "./history.js";

const asked: string[] = [];
let answer: () => Response;

/** A core that keeps pages and says each record's uuid, with one edit that waits. */
class FakeCore {
  pages = new Map<string, string>();
  keep_history = vi.fn(async (subject: HistorySubject, page: string) => void this.pages.set(JSON.stringify(subject), page));
  kept_history = async (subject: HistorySubject) => this.pages.get(JSON.stringify({ ...subject, by: undefined }));
  history_entries = (_: HistorySubject, page: string, isFirst: boolean) => {
    const uuids = (JSON.parse(page) as { entries: { uuid: string }[] }).entries.map((e) => e.uuid);
    return (isFirst ? ["waiting", ...uuids] : uuids).map((uuid) => ({ uuid }));
  };
}

const page = (uuids: string[], next: string | null = null) =>
  Response.json({ entries: uuids.map((uuid) => ({ uuid })), next, at_ms: 1_700 });

describe("history", () => {
  let core: FakeCore;
  const ask = async (options: HistoryOptions) => {
    const host: HistoryHost = {
      hub: "https://hub.example.org",
      credential: async () => "token",
      need: (call) => call(core as unknown as Core),
      call: (call) => call(core as unknown as Core),
    };
    const { entries, ...rest } = await history(host, options);
    return { uuids: entries.map((e) => e.uuid), ...rest };
  };

  beforeEach(() => {
    core = new FakeCore();
    asked.length = 0;
    vi.stubGlobal("fetch", async (url: URL) => {
      asked.push(`${url.pathname}${url.search}`);
      return answer();
    });
  });
  afterEach(() => void vi.unstubAllGlobals());

  it("asks the hub, puts what waits on top, and keeps the first page", async () => {
    answer = () => page(["b", "a"], "5.x");
    expect(await ask({ event: "e", assignment: "s", limit: 2 })).toEqual({
      uuids: ["waiting", "b", "a"],
      next: "5.x",
      asOf: 1_700,
      source: "hub",
    });
    expect(asked).toEqual(["/v1/history?event=e&assignment=s&limit=2"]);
    expect([...core.pages.keys()]).toEqual(['{"event":"e","assignment":"s"}']);
  });

  it("keeps no later page, and puts nothing on top of it", async () => {
    answer = () => page(["z"]);
    expect((await ask({ event: "e", before: "5.x" })).uuids).toEqual(["z"]);
    expect((await ask({ edit: "z" })).uuids).toEqual(["z"]);
    expect((await ask({ event: "e", by: "olga" })).uuids).toEqual(["waiting", "z"]);
    expect(asked).toEqual(["/v1/history?event=e&before=5.x", "/v1/history?edit=z", "/v1/history?event=e&by=olga"]);
    expect(core.keep_history).not.toHaveBeenCalled();
  });

  it("goes on where a page comes back empty and there is more", async () => {
    const pages = [page([], "9.x"), page([], "5.x"), page(["a"], "1.x")];
    answer = () => pages.shift()!;
    expect(await ask({ helper: "h" })).toMatchObject({ uuids: ["waiting", "a"], next: "1.x" });
    expect(asked).toEqual(["/v1/history?helper=h", "/v1/history?helper=h&before=9.x", "/v1/history?helper=h&before=5.x"]);
  });

  it("answers from the device where the hub does not, and says so", async () => {
    answer = () => page(["a"], "5.x");
    await ask({ event: "e" });
    answer = () => {
      throw new TypeError("Failed to fetch");
    };
    const kept = { uuids: ["waiting", "a"], next: "5.x", asOf: 1_700, source: "device" };
    expect(await ask({ event: "e" })).toEqual(kept);
    expect(await ask({ event: "e", by: "olga" })).toEqual({ ...kept, next: null });
    expect(await ask({ event: "f" })).toEqual({ uuids: ["waiting"], next: null, asOf: null, source: "device" });
    asked.length = 0;
    expect(await ask({ event: "e", from: "device" })).toEqual(kept);
    expect(asked).toEqual([]);
  });

  it("says what an answer is about that is no page, and what needs a network", async () => {
    answer = () => Response.json({ code: "invalid", message: "'limit' must be a whole number", field: "limit" }, { status: 400 });
    await expect(ask({ limit: 0 })).rejects.toMatchObject({ code: "invalid", field: "limit" });
    answer = () => {
      throw new TypeError("Failed to fetch");
    };
    await expect(ask({ event: "e", before: "5.x" })).rejects.toMatchObject({ code: "unreachable" });
    await expect(ask({ edit: "a" })).rejects.toMatchObject({ code: "unreachable" });
    await expect(ask({ event: "e", before: "5.x", from: "device" })).rejects.toMatchObject({ code: "invalid", field: "from" });
  });

  it("shows a page also where this device has no room to keep it", async () => {
    core.keep_history.mockRejectedValue({ code: "quota_exceeded", message: "full" });
    answer = () => page(["a"]);
    expect((await ask({ event: "e" })).uuids).toEqual(["waiting", "a"]);
  });
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Shell } from "./shell.js";

const ORIGIN = "https://hub.example";
const kept = new Map<string, Response>();

beforeEach(() => {
  kept.clear();
  vi.stubGlobal("self", { location: { href: `${ORIGIN}/service-worker.js`, origin: ORIGIN } });
  vi.stubGlobal("Request", class { constructor(readonly url: string) {} });
  const cache = {
    put: async (path: string, response: Response) => void kept.set(path, response),
    match: async (path: string) => kept.get(path),
  };
  vi.stubGlobal("caches", { open: async () => cache });
});

afterEach(() => vi.unstubAllGlobals());

const OPTIONS = { assets: ["/index.html", "/assets/app.js"], version: "1", wasm: "/assets/core.wasm" };

function served(types: Record<string, string>): void {
  vi.stubGlobal("fetch", async (request: { url: string }) => {
    return new Response(request.url, { headers: { "content-type": types[request.url] ?? "text/plain" } });
  });
}

test("the shell keeps the app's files, the module under its type", async () => {
  served({ "/index.html": "text/html", "/assets/app.js": "text/javascript" });
  await new Shell(OPTIONS).fill();
  expect([...kept.keys()].sort()).toEqual(["/assets/app.js", "/assets/core.wasm", "/index.html"]);
  expect(kept.get("/assets/core.wasm")?.headers.get("content-type")).toBe("application/wasm");
});

test("a sign-in page in a file's place is not kept as that file", async () => {
  served({ "/index.html": "text/html", "/assets/app.js": "text/html; charset=utf-8" });
  await expect(new Shell(OPTIONS).fill()).rejects.toThrow("/assets/app.js answered with a page");
  expect(kept.has("/assets/app.js")).toBe(false);
});

test("the interface and other origins are left to the network", () => {
  const shell = new Shell(OPTIONS);
  const request = (url: string, mode = "cors", method = "GET") => ({ url, mode, method }) as Request;
  expect(shell.answer(request(`${ORIGIN}/v1/members`))).toBeUndefined();
  expect(shell.answer(request(`${ORIGIN}/v1/members`, "navigate"))).toBeUndefined();
  expect(shell.answer(request(`${ORIGIN}/assets/app.js`, "cors", "POST"))).toBeUndefined();
  expect(shell.answer(request("https://elsewhere.example/index.html", "navigate"))).toBeUndefined();
  expect(shell.answer(request(`${ORIGIN}/assets/unknown.js`))).toBeUndefined();
});

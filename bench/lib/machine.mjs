// What the numbers were measured on, and with which versions.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { arch, cpus, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { root } from "../../scripts/run.mjs";
import { findBrowser } from "../../scripts/tools.mjs";

const PEERS = [
  "yjs", "y-indexeddb", "y-websocket", "@y/websocket-server", "@hocuspocus/server", "@hocuspocus/provider",
  "@hocuspocus/extension-sqlite", "better-sqlite3", "dexie", "ywasm",
];

export function machine() {
  const { chromium } = findBrowser();
  const version = (name) => JSON.parse(readFileSync(join(root, "bench/node_modules", name, "package.json"), "utf8")).version;
  return {
    processor: `${cpus()[0]?.model.trim() || "unknown"}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${arch()}`,
    system: `${type()} ${release()}`,
    browser: chromium ? execFileSync(chromium, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim() : "none",
    node: process.version,
    peers: Object.fromEntries(PEERS.map((name) => [name, version(name)])),
  };
}

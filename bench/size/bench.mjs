// What a page downloads, compressed with brotli at its best: the JavaScript of what an app imports, bundled and small, and the
// WebAssembly. Ours brings the time zones along; so do none of the others. The service worker's script is the app's; its module
// is the page's, from the same cache.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { root } from "../../scripts/run.mjs";
import { buildOurs } from "../lib/ours.mjs";
import { bundle } from "../lib/pages.mjs";
import { row } from "../lib/stats.mjs";

const read = (path) => readFileSync(join(root, path));
const kilobytes = (bytes) => brotliCompressSync(bytes).length / 1000;

export async function run() {
  await buildOurs();
  const rows = [];
  const add = (system, metric, ...parts) => rows.push(row("size", system, metric, parts.reduce((sum, part) => sum + kilobytes(part), 0), "kB brotli", 1));
  const [ours, module] = [await bundle("bench/size/wedsync.js"), read("dist/wasm/wedsync_core_bg.wasm")];
  add("wedsync", "page: JavaScript and WebAssembly", ours, module);
  add("wedsync", "page: JavaScript", ours);
  add("wedsync", "page: WebAssembly", module);
  add("wedsync", "service worker: script", read("www/dist/service-worker.js"));
  for (const system of ["yjs", "hocuspocus", "dexie"]) {
    add(system, "page: JavaScript and WebAssembly", await bundle(`bench/size/${system}.js`));
  }
  add("ywasm", "page: JavaScript and WebAssembly", await bundle("bench/size/ywasm.js"), read("bench/node_modules/ywasm/ywasm_bg.wasm"));
  return rows;
}

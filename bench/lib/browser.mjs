// A device: Chromium with a profile that stays, started anew for each run, so that no run has another's caches or memory.
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { Problem } from "../../scripts/run.mjs";
import { findBrowser } from "../../scripts/tools.mjs";

const ARGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const LIMIT_MS = 180_000;

export class Profile {
  constructor(name) {
    this.name = name;
    this.folder = mkdtempSync(join(tmpdir(), `wedsync-bench-${name}-`));
  }

  /** A profile with the same data. Nothing may be running on this one. */
  copy() {
    const copy = new Profile(this.name);
    cpSync(this.folder, copy.folder, { recursive: true, filter: (path) => !/Singleton/.test(path) });
    return copy;
  }

  /** Runs with a page of a system; the browser ends after it. */
  async with(address, use) {
    const device = await this.launch(address);
    try {
      return await use(device);
    } finally {
      await device.close();
    }
  }

  async launch(address) {
    const { chromium: executablePath } = findBrowser();
    if (!executablePath) throw new Problem("Chromium is needed: sudo apt-get install -y chromium, or set CHROMIUM.");
    const context = await chromium.launchPersistentContext(this.folder, { executablePath, args: ARGS });
    context.setDefaultTimeout(LIMIT_MS);
    const device = new Device(context);
    await device.open(address);
    return device;
  }

  /** What IndexedDB of all origins takes on disk; nothing may be running. */
  get diskBytes() {
    return bytesUnder(join(this.folder, "Default", "IndexedDB"));
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

class Device {
  constructor(context) {
    this.context = context;
  }

  async open(address) {
    this.page = this.context.pages()[0] ?? (await this.context.newPage());
    this.page.on("pageerror", (error) => console.error(`in the page: ${error.message}`));
    await this.page.addInitScript(keepMemories);
    await this.page.goto(address);
  }

  /** Calls `window.bench[act](...args)` in the page, for three minutes at most. */
  async call(act, ...args) {
    const answer = this.page.evaluate(([name, given]) => window.bench[name](...given), [act, args]);
    const limit = new AbortController();
    const late = sleep(LIMIT_MS, undefined, { signal: limit.signal }).then(() => {
      throw new Error(`${this.page.url()}: ${act} did not end within ${LIMIT_MS / 1000} s`);
    });
    late.catch(() => {});
    return Promise.race([answer, late]).finally(() => limit.abort());
  }

  /** Bytes in use after collecting garbage: JavaScript's heap, buffers outside of it, and all memory of WebAssembly. */
  async memory() {
    const session = await this.context.newCDPSession(this.page);
    await session.send("HeapProfiler.enable");
    await session.send("HeapProfiler.collectGarbage");
    await session.send("HeapProfiler.collectGarbage");
    const heap = await session.send("Runtime.getHeapUsage");
    const wasm = await this.page.evaluate(() => window.memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0));
    await session.detach();
    // V8 counts the bytes of array buffers apart from its heap, and those of WebAssembly nowhere.
    const buffers = heap.backingStorageSize ?? 0;
    return { total: heap.usedSize + buffers + wasm, heap: heap.usedSize, buffers, wasm };
  }

  close() {
    return this.context.close();
  }
}

/** Runs in the page before anything else: keeps the memories of all modules, to ask for their sizes. */
function keepMemories() {
  window.memories = [];
  const keep = (instance) => {
    for (const each of Object.values(instance.exports)) if (each instanceof WebAssembly.Memory) window.memories.push(each);
    return instance;
  };
  const plain = WebAssembly.instantiate;
  WebAssembly.instantiate = async (source, imports) => {
    const made = await plain.call(WebAssembly, source, imports);
    keep(made.instance ?? made);
    return made;
  };
  const streaming = WebAssembly.instantiateStreaming;
  WebAssembly.instantiateStreaming = async (source, imports) => {
    const made = await streaming.call(WebAssembly, source, imports);
    keep(made.instance);
    return made;
  };
  WebAssembly.Instance = new Proxy(WebAssembly.Instance, { construct: (target, args) => keep(Reflect.construct(target, args)) });
}

function bytesUnder(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return 0;
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesUnder(join(path, name)), 0);
}

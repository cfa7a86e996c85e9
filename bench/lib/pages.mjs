// The pages of the systems: each bundled with what it needs, and served as files are on the web, with a validator and a
// lifetime, so that the browser may keep them and the compiled modules.
import { createServer } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { root } from "../../scripts/run.mjs";
import { digest } from "./fixtures.mjs";

const TYPES = { html: "text/html; charset=utf-8", js: "text/javascript", wasm: "application/wasm" };
const MODULES = {
  "/wedsync_core_bg.wasm": "dist/wasm/wedsync_core_bg.wasm",
  "/ywasm_bg.wasm": "bench/node_modules/ywasm/ywasm_bg.wasm",
};

export class Pages {
  #server;
  #files = new Map();

  static async start(systems) {
    const pages = new Pages();
    for (const system of systems) {
      pages.#files.set(`/${system}.js`, Buffer.from(await bundle(join("bench/systems", `${system}.js`))));
      const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${system}</title><script type="module" src="/${system}.js"></script></html>`;
      pages.#files.set(`/${system}.html`, Buffer.from(html));
    }
    for (const [path, file] of Object.entries(MODULES)) if (existsSync(join(root, file))) pages.#files.set(path, readFileSync(join(root, file)));
    pages.#files.set("/blank.html", Buffer.from('<!doctype html><html lang="en"><title>Blank</title></html>'));
    pages.#server = createServer((request, response) => pages.#answer(request, response));
    await new Promise((resolve) => pages.#server.listen(0, "127.0.0.1", resolve));
    return pages;
  }

  get origin() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  async close() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request, response) {
    const path = request.url.split("?")[0];
    const file = this.#files.get(path);
    if (!file) return void response.writeHead(404).end();
    const headers = { "content-type": TYPES[path.split(".").pop()], "cache-control": "max-age=86400", etag: `"${digest(file)}"` };
    response.writeHead(200, headers).end(file);
  }
}

/** A module with all that it imports, small, as a build for production makes it. */
export async function bundle(input) {
  const built = await rolldown({ input: join(root, input), cwd: root, platform: "browser", plugins: [ywasm] });
  const { output } = await built.generate({ format: "esm", minify: true, codeSplitting: false });
  await built.close();
  return output[0].code;
}

/** ywasm is published for Node.js only: the same glue, given what it asks Node for. */
const ywasm = {
  name: "ywasm",
  resolveId: (id) => (id === "virtual:ywasm" ? id : null),
  load(id) {
    if (id !== "virtual:ywasm") return null;
    const glue = readFileSync(join(root, "bench/node_modules/ywasm/ywasm.js"), "utf8");
    return `export function load(wasmBytes) {
      const module = { exports: {} };
      const parts = { util: globalThis, path: { join: () => "" }, fs: { readFileSync: () => wasmBytes } };
      const require = (name) => parts[name];
      const __dirname = "";
      ${glue.replaceAll("require(`util`)", "globalThis")}
      return module.exports;
    }`;
  },
};

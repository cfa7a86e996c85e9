// The tarball is the product: packed, installed into an empty project, and used there as an outsider would.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../../scripts/run.mjs";
import { Device } from "../e2e/browser.mjs";
import { Hub } from "../e2e/hub.mjs";

const LIMIT = { timeout: 180_000 };
const fixtures = join(root, "tests/package/project");
const bin = (name) => join(root, "node_modules/.bin", name);
const pinned = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devDependencies;
let project;
let packed;

before(() => {
  project = mkdtempSync(join(tmpdir(), "wedsync-package-"));
  const [pack] = JSON.parse(must("npm", ["pack", "--json", "--pack-destination", project], root));
  packed = pack;
  cpSync(fixtures, project, { recursive: true });
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "outsider", private: true, type: "module" }));
  const react = ["react", "@types/react"].map((name) => `${name}@${pinned[name]}`);
  must("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", `./${pack.filename}`, ...react], project);
}, LIMIT);

after(() => rmSync(project, { recursive: true, force: true }));

test("the tarball holds the package and nothing else", () => {
  const files = packed.files.map((file) => file.path);
  for (const wanted of ["README.md", "LICENSE", "CHANGELOG.md", "package.json", "dist/index.js", "dist/index.d.ts", "dist/react.js", "dist/service-worker.js", "dist/wasm/glue.js", "dist/wasm/wedsync_core_bg.wasm"]) {
    assert.ok(files.includes(wanted), `${wanted} is packed`);
  }
  assert.deepEqual(files.filter((file) => !/^dist\/|^(README\.md|LICENSE|CHANGELOG\.md|package\.json)$/.test(file)), []);
  assert.deepEqual(files.filter((file) => /\.test\./.test(file)), []);
});

test("the module tells nothing of the machine it was built on", () => {
  const wasm = readFileSync(join(project, "node_modules/@wedsync/core/dist/wasm/wedsync_core_bg.wasm")).toString("latin1");
  for (const path of [root, process.env.HOME, "/.cargo/", "/.rustup/"]) assert.ok(!wasm.includes(path), `${path} is not in it`);
});

test("its types check in a strict project", LIMIT, () => {
  for (const resolution of ["bundler", "nodenext"]) {
    const module = resolution === "nodenext" ? "nodenext" : "esnext";
    must(bin("tsc"), ["-p", ".", "--moduleResolution", resolution, "--module", module], project);
  }
});

test("it works under Vite", LIMIT, async () => {
  must(bin("vite"), ["build", "--outDir", "dist"], project);
  await signInAndEdit(join(project, "dist"));
});

test("it works from a plain module script, served as files", LIMIT, async () => {
  const site = join(project, "plain");
  mkdirSync(site);
  cpSync(join(project, "node_modules/@wedsync/core/dist"), join(site, "core"), { recursive: true });
  cpSync(join(project, "index.html"), join(site, "index.html"));
  const script = readFileSync(join(project, "main.js"), "utf8").replace('"@wedsync/core"', '"./core/index.js"');
  writeFileSync(join(site, "main.js"), script);
  await signInAndEdit(site);
});

/** Opens the site from a real hub; its script signs in, edits, and writes what came of it into the page. */
async function signInAndEdit(www) {
  const hub = await Hub.start({ www });
  const device = await Device.start("outsider", hub);
  try {
    const { page } = device;
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    await page.goto(`${device.origin}/#${hub.codes.coordinator}`);
    const limit = Date.now() + 30_000;
    let text = "";
    while (!/^(stored|failed)/.test(text) && Date.now() < limit) {
      await sleep(100);
      text = await page.getByRole("status").textContent();
    }
    assert.match(text, /^stored: Made by an outsider, of \d+ events; 0 of 1 helper.* 0 more if cancelled$/, complaints.join("\n"));
  } finally {
    await device.remove();
    await hub.remove();
  }
}

/** Runs a program and gives its output, or fails with it. */
function must(program, args, cwd) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: "utf8", maxBuffer: 1 << 26 });
  assert.equal(status, 0, `${program} ${args.join(" ")}\n${stdout}\n${stderr}`);
  return stdout;
}

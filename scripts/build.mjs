// Builds the package into dist/ and the app into www/dist/: Rust -> WebAssembly -> glue -> TypeScript -> app ->
// service worker. Steps whose inputs have not changed are skipped.
//
// WEDSYNC_PROFILE=dev builds the module without link-time optimisation and wasm-opt: faster to make, slower to run.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { Problem, isMain, main, must, root, say, targetDir, versionOf } from "./run.mjs";
import { filesUnder, hashOf, whenChanged } from "./stamp.mjs";
import { ensureBuildTools, tool } from "./tools.mjs";

const DEV = process.env.WEDSYNC_PROFILE === "dev";
const WASM = "dist/wasm/wedsync_core_bg.wasm";
const GLUE = "dist/wasm/glue.js";
/** What rustc uses, and every browser has; wasm-opt would use proposals too where they are allowed. */
const FEATURES = [
  "bulk-memory", "mutable-globals", "sign-ext", "nontrapping-float-to-int", "reference-types", "multivalue",
].map((name) => `--enable-${name}`);
const RUST_SOURCES = ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "src", "domain", "protocol"];

const bin = (name) => join(root, "node_modules", ".bin", name);

export async function build() {
  const made = [await buildModule(), await buildPackage(), await buildApp()];
  if (!made.includes(true)) say("Package and app are up to date");
}

async function buildModule() {
  const sources = filesUnder(RUST_SOURCES).filter((file) => !/\.(ts|tsx|mjs|md)$/.test(file));
  const hash = hashOf([...sources, join(root, "scripts/build.mjs")], DEV ? "dev" : "release");
  return whenChanged("module", { hash, outputs: [WASM, GLUE] }, async () => {
    say(`Building the WebAssembly module${DEV ? " (dev)" : ""}`);
    const target = "wasm32-unknown-unknown";
    await must("cargo", ["build", "-p", "wedsync-core", "--lib", "--target", target, ...(DEV ? [] : ["--profile", "wasm"])], {
      env: DEV ? {} : { CARGO_ENCODED_RUSTFLAGS: withoutMachinePaths() },
    });
    const out = join(targetDir, "wasm-bindgen");
    const module = join(targetDir, target, DEV ? "debug" : "wasm", "wedsync_core.wasm");
    await bindgen(module, out, "wedsync_core", DEV);
    mkdirSync(join(root, "dist/wasm"), { recursive: true });
    const bound = join(out, "wedsync_core_bg.wasm");
    if (DEV) writeFileSync(join(root, WASM), readFileSync(bound));
    else await optimise(bound, join(root, WASM));
    writeFileSync(join(root, GLUE), glueModule(readFileSync(join(out, "wedsync_core.js"), "utf8")));
  });
}

/** Makes `${name}_bg.wasm` of a compiled module, and `${name}.js`, its glue. */
export async function bindgen(module, out, name, debug = false) {
  await must(tool("wasm-bindgen"), [
    module, "--target", "no-modules", "--no-typescript", "--out-dir", out, "--out-name", name,
    ...(debug ? ["--keep-debug"] : ["--remove-name-section", "--remove-producers-section"]),
  ]);
}

export async function optimise(from, to) {
  await must(process.execPath, [bin("wasm-opt"), "-Oz", ...FEATURES, from, "-o", to]);
}

/** The compiler writes file names into panic messages: they must not tell where the module was built. */
function withoutMachinePaths() {
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  const sysroot = versionOf("rustc", ["--print", "sysroot"]);
  return [
    `--remap-path-prefix=${cargoHome}=/cargo`,
    `--remap-path-prefix=${root}=/wedsync`,
    `--remap-path-prefix=${sysroot}=/rust`,
  ].join("\x1f");
}

/**
 * The glue as a factory: a trapped instance keeps its broken state, so a fresh one needs fresh glue. The same text
 * serves the page and the classic service worker.
 */
function glueModule(glue) {
  if (!/\bwasm_bindgen\b/.test(glue)) throw new Problem("wasm-bindgen wrote no `wasm_bindgen` into its glue.");
  return `export function createGlue() {\n${glue}\nreturn wasm_bindgen;\n}\n`;
}

async function buildPackage() {
  const hash = hashOf([...filesUnder(["src/npm", "package.json"]), join(root, GLUE)]);
  return whenChanged("package", { hash, outputs: ["dist/index.js", "dist/index.d.ts", "dist/service-worker.js"] }, async () => {
    say("Compiling the package");
    // The page's and the worker's globals exclude each other: one pass for each.
    for (const project of ["tsconfig.json", "tsconfig.worker.json"]) {
      await must(bin("tsc"), ["-p", `src/npm/${project}`, "--outDir", "dist", "--noEmit", "false"]);
    }
  });
}

async function buildApp() {
  const dist = filesUnder(["dist"], new Set());
  const hash = hashOf([...filesUnder(["www", "service-worker", "package-lock.json"]), ...dist]);
  return whenChanged("app", { hash, outputs: ["www/dist/index.html", "www/dist/service-worker.js"] }, async () => {
    say("Building the app");
    const outDir = join(root, "www/dist");
    rmSync(outDir, { recursive: true, force: true });
    await must(bin("vite"), ["build"], { cwd: join(root, "www") });
    await buildWorker(outDir);
  });
}

async function buildWorker(outDir) {
  say("Building the service worker");
  const files = filesUnder(["www/dist"], new Set()).filter((file) => !file.endsWith(".map"));
  const urlOf = (file) => `/${relative(outDir, file).split(sep).join("/")}`;
  const assets = files.map(urlOf);
  const wasm = assets.find((url) => url.endsWith(".wasm"));
  if (!wasm) throw new Problem("The app's build holds no .wasm file; the service worker would have nothing to run.");
  const script = pathToFileURL(join(root, "service-worker/build.mjs")).href;
  const { build: bundle } = await import(script);
  // The version names the cache of the shell: any change of any file is a new one.
  await bundle({ outDir, assets, version: hashOf(files).slice(0, 16), wasm });
  if (!existsSync(join(outDir, "service-worker.js"))) throw new Problem("service-worker/build.mjs wrote no service-worker.js.");
}

if (isMain(import.meta.url)) {
  await main(async () => {
    await ensureBuildTools();
    await build();
  });
}

// Checks what the build and the tests need, installs what can be installed without root, and says exactly
// what to type for the rest. Run directly, `node scripts/tools.mjs [--test]` checks and installs only.
import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir, platform } from "node:os";
import { delimiter, join } from "node:path";
import { Problem, isMain, main, must, root, say, versionOf } from "./run.mjs";

const MAC = platform() === "darwin";
const NODE_MIN = [20, 19];
const WASM_PACK = "0.15.1";
const CARGO_DENY = "0.20.2";
const CARGO_MUTANTS = "27.1.0";

/** Where cargo puts the command-line tools of this project, at their pinned versions. */
const toolsDir = process.env.WEDSYNC_TOOLS ?? join(homedir(), ".cache", "wedsync-tools");
export const tool = (name) => join(toolsDir, "bin", name);

function howTo(what, debian, mac) {
  return new Problem(`${what}\n  Debian, Ubuntu:  ${debian}\n  macOS:           ${mac}\nThen run the command again.`);
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return;
  throw new Problem(
    `Node.js ${NODE_MIN.join(".")} or newer is needed, this is ${process.versions.node}. Install it from https://nodejs.org/.`,
  );
}

async function ensureRust() {
  // A fresh rustup is not on the PATH before the next login.
  const cargoBin = join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "bin");
  if (existsSync(cargoBin)) process.env.PATH = `${process.env.PATH}${delimiter}${cargoBin}`;
  if (!versionOf("rustup")) {
    const rustup = "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y";
    throw howTo("Rust is needed, by rustup (https://rustup.rs).", `sudo apt-get install -y curl && ${rustup}`, rustup);
  }
  if (!versionOf("cc")) {
    throw howTo("A C compiler is needed for SQLite.", "sudo apt-get install -y build-essential", "xcode-select --install");
  }
  const channel = /channel = "(.+?)"/.exec(readFileSync(join(root, "rust-toolchain.toml"), "utf8"))?.[1];
  if (!versionOf("rustc", [`+${channel}`, "--version"])) {
    say(`Installing Rust ${channel}`);
    await must("rustup", ["toolchain", "install", channel, "--profile", "minimal", "-c", "rustfmt", "-c", "clippy"]);
  }
  if (!existsSync(join(versionOf("rustc", ["--print", "sysroot"]) ?? "", "lib/rustlib/wasm32-unknown-unknown"))) {
    say("Adding the WebAssembly target");
    await must("rustup", ["target", "add", "wasm32-unknown-unknown", "--toolchain", channel]);
  }
}

async function ensureCargoTool(program, crate, version, ask = ["--version"]) {
  if (versionOf(tool(program), ask)?.split(" ")[1] === version) return;
  say(`Installing ${crate} ${version} into ${toolsDir} (once, some minutes)`);
  // Without --locked: a locked dependency may have been withdrawn from the registry.
  await must("cargo", ["install", crate, "--version", version, "--root", toolsDir, "--force"]);
}

/** The command must have the version of the crate that made the module. */
function wasmBindgenVersion() {
  return /name = "wasm-bindgen"\nversion = "(.+?)"/.exec(readFileSync(join(root, "Cargo.lock"), "utf8"))?.[1];
}

async function ensureNpmPackages(cwd = root, what = "npm packages") {
  const installed = join(cwd, "node_modules", ".package-lock.json");
  const lock = join(cwd, "package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  say(`Installing ${what}`);
  await must("npm", ["ci", "--no-fund", "--no-audit"], { cwd });
}

/** What the benchmarks run beside us. */
export async function ensureBenchTools() {
  await ensureBuildTools();
  await ensureNpmPackages(join(root, "bench"), "the peers of the benchmarks (one is compiled: some minutes)");
}

/** What `npm start` needs. */
export async function ensureBuildTools() {
  checkNode();
  await ensureRust();
  await ensureCargoTool("wasm-bindgen", "wasm-bindgen-cli", wasmBindgenVersion());
  await ensureNpmPackages();
}

/** What `npm test` needs besides. */
export async function ensureTestTools() {
  await ensureBuildTools();
  await ensureCargoTool("wasm-pack", "wasm-pack", WASM_PACK);
  await ensureCargoTool("cargo-deny", "cargo-deny", CARGO_DENY);
  const browser = findBrowser();
  if (!browser.chromium || !browser.chromedriver) {
    throw howTo(
      "Chromium and its chromedriver are needed for the browser tests (or set CHROMIUM and CHROMEDRIVER).",
      "sudo apt-get install -y chromium chromium-driver",
      "brew install --cask chromium chromedriver",
    );
  }
}

/** What `npm run mutants` needs. */
export async function ensureMutantsTool() {
  checkNode();
  await ensureRust();
  await ensureCargoTool("cargo-mutants", "cargo-mutants", CARGO_MUTANTS, ["mutants", "--version"]);
}

/** The browser under test: CHROMIUM and CHROMEDRIVER, or where the system's packages put them. */
export function findBrowser() {
  const first = (env, paths) => [process.env[env], ...paths].find((path) => path && existsSync(path));
  return {
    chromium: first("CHROMIUM", [
      "/usr/bin/chromium",
      "/usr/bin/chromium-browser",
      "/usr/bin/google-chrome",
      "/Applications/Chromium.app/Contents/MacOS/Chromium",
      "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ]),
    chromedriver: first("CHROMEDRIVER", [
      "/usr/bin/chromedriver",
      "/opt/homebrew/bin/chromedriver",
      "/usr/local/bin/chromedriver",
    ]),
    mac: MAC,
  };
}

if (isMain(import.meta.url)) {
  await main(process.argv.includes("--test") ? ensureTestTools : ensureBuildTools);
}

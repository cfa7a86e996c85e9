// A real hub process on an ephemeral port with a data folder of its own and the demo organisation.
import { execFile, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { root, targetDir } from "../../scripts/run.mjs";

const BINARY = process.env.WEDSYNC_HUB ?? join(targetDir, "debug", "wedsync-hub");
const READY_MS = 60_000;

export class Hub {
  #child;
  #closed;
  #log = [];
  /** The codes of the demo's sign-in links, by role. */
  codes = {};

  static async start({ www = join(root, "www/dist"), binary = BINARY } = {}) {
    const hub = new Hub();
    hub.binary = binary;
    hub.folder = mkdtempSync(join(tmpdir(), "wedsync-hub-"));
    hub.data = join(hub.folder, "data");
    // A copy: a build that runs meanwhile cannot change the app under a test, and a test can deploy another one.
    hub.www = join(hub.folder, "www");
    cpSync(www, hub.www, { recursive: true });
    hub.port = await freePort();
    await hub.up();
    return hub;
  }

  get origin() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What the hub printed, for a failure's report. */
  get log() {
    return this.#log.join("\n");
  }

  /** Starts the process on the port and folder it had; resolves once it serves. */
  async up() {
    const args = ["serve", "--demo", "--listen", `127.0.0.1:${this.port}`, "--data", this.data, "--www", this.www];
    const child = spawn(this.binary, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    this.#closed = new Promise((resolve) => child.on("close", (code, signal) => resolve(code ?? signal)));
    createInterface({ input: child.stderr }).on("line", (line) => this.#log.push(line));
    await new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`the hub was not ready in time:\n${this.log}`)), READY_MS);
      child.on("error", reject);
      child.on("close", (code) => reject(new Error(`the hub ended with ${code}:\n${this.log}`)));
      createInterface({ input: child.stdout }).on("line", (line) => {
        this.#log.push(line);
        const link = /^\s*(owner|coordinator|helper|viewer)\s.*#join=(\S+)/.exec(line);
        if (link) this.codes[link[1]] = link[2];
        if (!line.startsWith("ready ")) return;
        clearTimeout(limit);
        resolve();
      });
    });
  }

  /** SIGKILL: as a power cut is for the process. */
  async kill() {
    this.#child.kill("SIGKILL");
    await this.#closed;
  }

  /** SIGTERM; resolves with the exit code. */
  async stop() {
    this.#child.kill("SIGTERM");
    return this.#closed;
  }

  /** Writes a backup, while the hub serves or not. */
  backup(file) {
    return promisify(execFile)(this.binary, ["backup", file, "--data", this.data]);
  }

  /** Puts a backup in the place of the database; the hub must be down. */
  restore(file) {
    return promisify(execFile)(this.binary, ["restore", file, "--data", this.data]);
  }

  async remove() {
    if (this.#child.exitCode === null) await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

// The servers, each in a process of its own, filled with a season, on a port behind a proxy that counts bytes.
import { fork, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { root, targetDir } from "../../scripts/run.mjs";
import { freePort } from "../../tests/e2e/hub.mjs";
import { Proxy } from "../../tests/e2e/proxy.mjs";
import { ORG, yjsDocuments } from "./fixtures.mjs";
import { seed } from "./seed.mjs";

const SECRET = "only for benchmarks: it never leaves this machine";
const READY_MS = 30_000;

/** The server of a system; undefined for those that have none. */
export async function serve(system, fixture, { origin }) {
  if (system === "wedsync") return Server.start(hubOf(fixture, origin));
  if (system === "yjs" || system === "yjs-per-event") return yjsServer(fixture, system !== "yjs");
  if (system === "hocuspocus") return hocuspocus(fixture);
  return undefined;
}

class Server {
  #child;
  #ended;

  /** `launch(port, folder)` starts the process. */
  static async start(launch) {
    const server = new Server();
    server.folder = mkdtempSync(join(tmpdir(), "wedsync-bench-server-"));
    const port = await freePort();
    server.#child = launch(port, server.folder);
    // From the first moment: one that ends by itself is not waited for.
    server.#ended = once(server.#child, "close");
    server.port = port;
    await listening(port, server.#child);
    server.wire = await Proxy.start(port);
    server.secondWire = await Proxy.start(port);
    return server;
  }

  /** What the process says by its channel, if it has one. */
  on(listener) {
    this.#child.on("message", listener);
    return () => this.#child.off("message", listener);
  }

  /** What a page needs to know of it; two devices have a wire each. */
  page(user, wire = this.wire) {
    return { server: wire.origin, token: token(user) };
  }

  async stop() {
    await this.wire.close();
    await this.secondWire.close();
    this.#child.kill("SIGKILL");
    await this.#ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function hubOf({ hub }, origin) {
  return (port, folder) => {
    cpSync(hub, folder, { recursive: true });
    const env = { ...process.env, WEDSYNC_JWT_HS256_SECRET: SECRET, WEDSYNC_ALLOWED_ORIGINS: origin, WEDSYNC_LOG: "error" };
    const args = ["serve", "--listen", `127.0.0.1:${port}`, "--data", folder];
    return spawn(join(targetDir, "release", "wedsync-hub"), args, { env, stdio: ["ignore", "ignore", "inherit"] });
  };
}

/** y-websocket's own server as it comes, with its persistence in LevelDB. */
async function yjsServer(fixture, perEvent) {
  const script = join(root, "bench/node_modules/@y/websocket-server/src/server.js");
  const server = await Server.start((port, folder) => {
    const env = { ...process.env, HOST: "127.0.0.1", PORT: String(port), YPERSISTENCE: folder };
    return spawn(process.execPath, [script], { env, stdio: ["ignore", "ignore", "inherit"] });
  });
  await seed(server.port, yjsDocuments(fixture, perEvent));
  return server;
}

async function hocuspocus(fixture) {
  const script = fileURLToPath(new URL("hocuspocus-server.mjs", import.meta.url));
  return Server.start((port, folder) =>
    fork(script, [String(port), join(folder, "documents.sqlite"), join(fixture.yjs, "events")], { stdio: ["ignore", "ignore", "inherit", "ipc"] }),
  );
}

async function listening(port, child) {
  const limit = Date.now() + READY_MS;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`a server ended with ${child.exitCode}`);
    const socket = connect(port, "127.0.0.1");
    const answers = await new Promise((resolve) => socket.once("connect", () => resolve(true)).once("error", () => resolve(false)));
    socket.destroy();
    if (answers) return;
    if (Date.now() > limit) throw new Error("a server did not start in time");
    await sleep(20);
  }
}

/** A token as an identity provider gives one. */
function token(user) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub: user, org: ORG, exp: Math.floor(Date.now() / 1000) + 7200 })}`;
  return `${text}.${createHmac("sha256", SECRET).update(text).digest("base64url")}`;
}

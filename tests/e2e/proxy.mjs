// A TCP proxy between a browser and the hub, with the faults of real networks. `setOffline` alone is not one of
// them: it leaves open WebSockets alive.
import { connect, createServer } from "node:net";

const REQUEST = /^(?:GET|POST|PUT|PATCH|DELETE|OPTIONS|HEAD) (\S+) HTTP\/1\.1\r\n/;

export class Proxy {
  #server;
  #pairs = new Set();
  #mode = "pass";
  /** Requests whose path it matches get their connection cut. */
  #denied = null;
  /** Bytes a second towards the hub; 0 is unlimited. */
  rate = 0;

  static async start(targetPort) {
    const proxy = new Proxy();
    proxy.#server = createServer((client) => proxy.#accept(client, targetPort));
    await new Promise((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get port() {
    return this.#server.address().port;
  }

  get origin() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Resets every open connection and refuses new ones. */
  cut() {
    this.#mode = "refuse";
    for (const [client, hub] of this.#pairs) {
      client.resetAndDestroy();
      hub.destroy();
    }
  }

  /** Keeps connections open and passes nothing on, as a dead access point does. */
  swallow() {
    this.#mode = "swallow";
  }

  resume() {
    this.#mode = "pass";
    this.#denied = null;
  }

  /** Cuts requests by path, such as `/^\/v1\/socket/`; connections open now are cut too. */
  deny(pattern) {
    this.#denied = pattern;
    for (const [client] of this.#pairs) client.resetAndDestroy();
  }

  async close() {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client, targetPort) {
    if (this.#mode === "refuse") return void client.resetAndDestroy();
    const hub = connect(targetPort, "127.0.0.1");
    const pair = [client, hub];
    this.#pairs.add(pair);
    const end = () => {
      this.#pairs.delete(pair);
      client.destroy();
      hub.destroy();
    };
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on("error", end);
      socket.on("close", end);
    }
    client.on("data", (chunk) => this.#up(chunk, client, hub));
    hub.on("data", (chunk) => {
      if (this.#mode === "pass") client.write(chunk);
    });
  }

  #up(chunk, client, hub) {
    if (this.#mode !== "pass") return;
    const path = REQUEST.exec(chunk.subarray(0, 2048).toString("latin1"))?.[1];
    if (path && this.#denied?.test(path)) return void client.resetAndDestroy();
    hub.write(chunk);
    if (this.rate === 0) return;
    client.pause();
    setTimeout(() => client.resume(), (chunk.length / this.rate) * 1000);
  }
}

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
  /** Milliseconds that bytes are under way, in each direction. */
  delay = 0;
  /** Bytes that came by, of both directions. */
  passed = 0;
  /** Called when the hub has said something, before it is passed on. */
  onAnswer = () => {};

  static async start(targetPort) {
    const proxy = new this();
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
    for (const { client, hub } of this.#pairs) {
      client.resetAndDestroy();
      hub.destroy();
    }
  }

  /**
   * Passes nothing on and tells neither side, as a dead access point does. What is connected by then, or connects
   * meanwhile, stays half-open for good: bytes that were lost do not come later.
   */
  swallow() {
    this.#mode = "swallow";
    for (const pair of this.#pairs) pair.dead = true;
  }

  /** Holds everything back; it arrives with {@link resume}. */
  stall() {
    this.#mode = "stall";
    for (const { client, hub } of this.#pairs) {
      client.pause();
      hub.pause();
    }
  }

  resume() {
    this.#mode = "pass";
    this.#denied = null;
    for (const { client, hub } of this.#pairs) {
      client.resume();
      hub.resume();
    }
  }

  /** Cuts requests by path, such as `/^\/v1\/socket/`; connections open now are cut too. */
  deny(pattern) {
    this.#denied = pattern;
    for (const { client } of this.#pairs) client.resetAndDestroy();
  }

  async close() {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client, targetPort) {
    if (this.#mode === "refuse") return void client.resetAndDestroy();
    const hub = connect(targetPort, "127.0.0.1");
    const pair = { client, hub, dead: this.#mode === "swallow" };
    this.#pairs.add(pair);
    for (const socket of [client, hub]) {
      socket.setNoDelay(true);
      socket.on("error", () => this.#end(pair, socket));
      socket.on("close", () => this.#end(pair, socket));
      if (this.#mode === "stall") socket.pause();
    }
    const [up, down] = [this.#later(hub), this.#later(client)];
    client.on("data", (chunk) => this.#up(chunk, pair, up));
    hub.on("data", (chunk) => {
      if (pair.dead) return;
      this.passed += chunk.length;
      this.onAnswer();
      down(chunk);
    });
  }

  /** The other side of a half-open connection does not hear of its end. */
  #end(pair, socket) {
    socket.destroy();
    if (!pair.dead) {
      pair.client.destroy();
      pair.hub.destroy();
    }
    if (pair.client.destroyed && pair.hub.destroyed) this.#pairs.delete(pair);
  }

  #up(chunk, pair, up) {
    if (pair.dead) return;
    const { client } = pair;
    const path = REQUEST.exec(chunk.subarray(0, 2048).toString("latin1"))?.[1];
    if (path && this.#denied?.test(path)) return void client.resetAndDestroy();
    this.passed += chunk.length;
    up(chunk);
    if (this.rate === 0) return;
    client.pause();
    setTimeout(() => {
      if (this.#mode !== "stall") client.resume();
    }, (chunk.length / this.rate) * 1000);
  }

  /** Writes to a socket after the delay of the moment, and always in order. */
  #later(socket) {
    const queue = [];
    const pump = () => {
      while (queue.length > 0 && queue[0].at <= Date.now()) socket.write(queue.shift().chunk);
      if (queue.length > 0) setTimeout(pump, queue[0].at - Date.now());
    };
    return (chunk) => {
      if (this.delay === 0 && queue.length === 0) return void socket.write(chunk);
      queue.push({ chunk, at: Date.now() + this.delay });
      if (queue.length === 1) setTimeout(pump, this.delay);
    };
  }
}

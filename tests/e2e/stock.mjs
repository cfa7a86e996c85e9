// A stock Yjs client of a note: nothing of ours, only `yjs` and `y-websocket` as they come.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";

const WITHIN_MS = 20_000;

/** Waits until `test()` is true. */
export async function eventually(what, test) {
  const limit = Date.now() + WITHIN_MS;
  while (!(await test())) {
    if (Date.now() > limit) assert.fail(`${what}: not within ${WITHIN_MS} ms`);
    await sleep(20);
  }
}

export class StockClient {
  /** How often it has connected, and the close codes it got. */
  connections = 0;
  closes = [];
  /** What the hub said with its refusals. */
  denied = [];

  /** `origin` may be a proxy's. Clients of one process would find one another past the hub: broadcasting is off. */
  constructor(origin, member, note, { doc = new Y.Doc({ gc: false }), token, ...options } = {}) {
    const client = this;
    class Counted extends WebSocket {
      constructor(...args) {
        super(...args);
        client.connections += 1;
        this.on("close", (code) => client.closes.push(code));
        this.on("message", (data) => {
          const bytes = Buffer.from(data);
          if (bytes[0] === 2) client.denied.push(bytes.subarray(3).toString());
        });
      }
    }
    this.doc = doc;
    this.member = member;
    this.ready = Promise.resolve(token ?? member.token()).then((first) => {
      this.provider = new WebsocketProvider(`${origin.replace("http", "ws")}/yjs`, `notes/${note}`, doc, {
        params: { token: first },
        WebSocketPolyfill: Counted,
        disableBc: true,
        ...options,
      });
      return this;
    });
  }

  static join(hub, member, note, options) {
    return new StockClient(hub.origin, member, note, options).ready;
  }

  get text() {
    return this.doc.getText("note");
  }

  write(at, words) {
    this.text.insert(at, words);
  }

  async synced() {
    await eventually("synced", () => this.provider.synced);
    return this;
  }

  untilReads(words) {
    return eventually(`reads ${JSON.stringify(words.slice(0, 60))}`, () => this.text.toString() === words).catch((error) => {
      throw new Error(`${error.message}; it reads ${JSON.stringify(this.text.toString().slice(0, 200))}`);
    });
  }

  leave() {
    this.provider.destroy();
    this.doc.destroy();
  }
}

/** All of these have read the same, to the last struct. */
export async function untilEqual(...docs) {
  const state = (doc) => Buffer.from(Y.encodeSnapshot(Y.snapshot(doc))).toString("hex");
  await eventually("documents are equal", () => docs.every((doc) => state(doc) === state(docs[0])));
}

// Puts documents on a y-websocket server, as the device that wrote them would.
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";

export async function seed(port, documents) {
  for (const [name, update] of documents) {
    const doc = new Y.Doc();
    Y.applyUpdate(doc, update);
    const provider = new WebsocketProvider(`ws://127.0.0.1:${port}`, name, doc, { WebSocketPolyfill: WebSocket, disableBc: true });
    await new Promise((resolve) => provider.once("sync", resolve));
    provider.destroy();
    await untilServed(port, name, update);
  }
}

/** Nothing tells when it has come to the disk: another client asks for it until it gets all. */
async function untilServed(port, name, update) {
  const wanted = Y.encodeStateVectorFromUpdate(update);
  for (let tries = 0; tries < 200; tries++) {
    const doc = new Y.Doc();
    const provider = new WebsocketProvider(`ws://127.0.0.1:${port}`, name, doc, { WebSocketPolyfill: WebSocket, disableBc: true });
    await new Promise((resolve) => provider.once("sync", resolve));
    await sleep(tries < 2 ? 10 : 100);
    const has = Buffer.from(Y.encodeStateVector(doc)).equals(Buffer.from(wanted));
    provider.destroy();
    if (has) return;
  }
  throw new Error(`the server does not hand out ${name}`);
}

// y-websocket: a connection for each document. It says when it has what the server has, never what the server has of it.
import { WebsocketProvider } from "y-websocket";

export function overWebsocket(docs, { server }) {
  const synced = [...docs].map(([name, doc]) => {
    const provider = new WebsocketProvider(server.replace("http", "ws"), name, doc, { disableBc: true });
    return new Promise((resolve) => provider.once("sync", resolve));
  });
  return { synced: Promise.all(synced) };
}

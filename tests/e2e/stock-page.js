// A page of somebody else's: an editor's document kept in IndexedDB, and y-websocket.
import { IndexeddbPersistence } from "y-indexeddb";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";

window.openNote = async (note, token) => {
  const doc = new Y.Doc({ gc: false });
  const provider = new WebsocketProvider(`${location.origin.replace("http", "ws")}/yjs`, `notes/${note}`, doc, { params: { token } });
  // After the provider: what is loaded is an update to it, other people's writing included.
  const kept = new IndexeddbPersistence(note, doc);
  await kept.whenSynced;
  window.note = { doc, provider, kept, text: doc.getText("note") };
};

// Yjs, y-indexeddb and y-websocket, with the whole season in one document.
import { overWebsocket } from "./y-websocket.js";
import { offerYjs } from "./yjs-plan.js";

offerYjs({
  nameOf: () => "season",
  shiftsIn: (doc, event) => doc.getMap("events").get(event)?.get("assignments"),
  carry: overWebsocket,
});

// Yjs, y-indexeddb and y-websocket, with a document for each event.
import { overWebsocket } from "./y-websocket.js";
import { offerYjs } from "./yjs-plan.js";

offerYjs({ nameOf: (event) => event, shiftsIn: (doc) => doc.getMap("assignments"), carry: overWebsocket });

// Ours: the package as an app uses it.
import { openWorkspace } from "../../dist/index.js";
import { offer, until } from "./system.js";

let ws;
let events;
let waiting = [];

offer({
  async open({ events: ids, server, token }) {
    ws = await openWorkspace({ hub: server, token: async () => token, wasm: "/wedsync_core_bg.wasm" });
    events = ids;
  },
  rows: () => events.flatMap((id) => ws.event(id).assignments.get()),
  count: () => events.reduce((sum, id) => sum + ws.event(id).assignments.get().length, 0),
  shiftsOf: (event) => ws.event(event).assignments.get(),
  async edit(event, assignment, note) {
    waiting.push(await ws.do({ type: "update_assignment", event, assignment, set: { note } }));
  },
  async burst(edits) {
    const all = edits.map(([event, assignment, note]) => ws.do({ type: "update_assignment", event, assignment, set: { note } }));
    waiting.push(...(await Promise.all(all)));
  },
  async connect() {
    ws.syncNow();
    await until(() => ws.status.get().connection === "online", ws.status.subscribe);
  },
  async stored() {
    await Promise.all(waiting.map((receipt) => receipt.stored));
    waiting = [];
  },
  watch(event, shift, see) {
    const { assignments } = ws.event(event);
    const look = () => see(assignments.get().find((row) => row.id === shift)?.note);
    look();
    return assignments.subscribe(look);
  },
  /** Shows the others one shift after the other; when each, in milliseconds since 1970. */
  async look(event, shifts, apart) {
    const asked = [];
    for (const assignment of shifts) {
      asked.push(performance.timeOrigin + performance.now());
      ws.event(event).setPresence({ assignment });
      await new Promise((resolve) => setTimeout(resolve, apart));
    }
    return asked;
  },
  /** Calls `see` with the shift that the other person looks at. */
  watchPeer(event, see) {
    const { presence } = ws.event(event);
    const look = () => see(presence.get().find((peer) => !peer.self)?.states[0]?.assignment);
    look();
    return presence.subscribe(look);
  },
  close: () => ws.close(),
});

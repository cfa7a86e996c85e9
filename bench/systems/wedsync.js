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
  close: () => ws.close(),
});

import { join, newId, openWorkspace } from "@wedsync/core";

const show = (text) => {
  document.querySelector("[role=status]").textContent = text;
};

/** Resolves once the store's value satisfies the test. */
const until = (store, test) =>
  new Promise((resolve) => {
    const look = () => test(store.get()) && resolve(store.get());
    store.subscribe(look);
    look();
  });

try {
  const hub = location.origin;
  await join({ hub, code: location.hash.slice(1), deviceName: "Outsider" });
  const ws = await openWorkspace({ hub });
  const events = await until(ws.events, (all) => all.length > 0);
  const [{ id, first_day }] = events;
  const fields = { title: "Made by an outsider", start: `${first_day}T10:00`, end: `${first_day}T11:00` };
  const receipt = await ws.event(id).do({ type: "create_assignment", assignment: newId(), fields });
  const { state } = await receipt.stored;
  const made = ws.event(id).assignments.get().find((row) => row.title === fields.title);
  const seen = ws.event(id).conflicts.get().find((conflict) => conflict.kind === "understaffed" && conflict.shifts[0].assignment === made.id);
  const { appear } = ws.event(id).previewConflicts({ type: "cancel_assignment", assignment: made.id, cancelled: true });
  show(`${state}: ${made.title}, of ${events.length} events; ${seen.text} ${appear.length} more if cancelled`);
} catch (error) {
  show(`failed: ${error.code} ${error.message}`);
}

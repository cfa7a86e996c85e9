// The season as Yjs documents, made by the same edits, one transaction each, by one client: the fewest structs that Yjs
// can have for it. Documents are garbage collected, as Yjs does by default.
import * as Y from "yjs";

/** One document: a map of events, each a map of shifts. */
export function oneDocument(season) {
  const doc = new Y.Doc();
  const events = doc.getMap("events");
  for (const { id, assignments, ...facts } of season.events) {
    doc.transact(() => events.set(id, new Y.Map(Object.entries(facts))));
    doc.transact(() => events.get(id).set("assignments", new Y.Map()));
    for (const shift of assignments) doc.transact(() => events.get(id).get("assignments").set(shift.id, rowOf(shift)));
  }
  for (const { event, assignment, set } of season.edits()) write(doc, events.get(event).get("assignments").get(assignment), set);
  return Y.encodeStateAsUpdate(doc);
}

/** A document for each event, by its id. */
export function documentPerEvent(season) {
  const docs = new Map();
  for (const { id, assignments, ...facts } of season.events) {
    const doc = new Y.Doc();
    doc.transact(() => Object.entries(facts).forEach(([key, value]) => doc.getMap("facts").set(key, value)));
    for (const shift of assignments) doc.transact(() => doc.getMap("assignments").set(shift.id, rowOf(shift)));
    docs.set(id, doc);
  }
  for (const { event, assignment, set } of season.edits()) {
    write(docs.get(event), docs.get(event).getMap("assignments").get(assignment), set);
  }
  return new Map([...docs].map(([id, doc]) => [id, Y.encodeStateAsUpdate(doc)]));
}

const rowOf = (shift) => new Y.Map(Object.entries(shift));

function write(doc, row, set) {
  doc.transact(() => Object.entries(set).forEach(([field, value]) => row.set(field, value)));
}

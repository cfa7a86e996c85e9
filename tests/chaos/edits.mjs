// Edits by the package's API, made inside the page: nothing from outside this function can be used in it.

/**
 * Makes `count` edits among those that the person may make, one after the other or all at once, chosen by `numbers`
 * between 0 and 1. What becomes of them goes to the witness by `window.chaosTell`; nobody waits for the function.
 */
export async function makeEdits({ numbers, count, atOnce }) {
  const ws = window.wedsync;
  if (!ws) return;
  let used = 0;
  const below = (n) => Math.floor(numbers[used++ % numbers.length] * n);
  const one = (list) => list[below(list.length)];
  const id = () => crypto.randomUUID().replaceAll("-", "");
  const word = () => Array.from({ length: 2 + below(3) }, () => one(["bar", "café 🍺", "gate", "stage", "crew", "שער", "lights", "dawn"])).join(" ");
  const hour = (from) => String(from + below(8)).padStart(2, "0");

  /** The command of a kind, or nothing where there is nothing to do it with. Most are about few rows, so that people meet. */
  const commands = {
    create_assignment: ({ event }) => ({
      type: "create_assignment", event: event.id, assignment: id(),
      fields: { title: word(), start: `${event.first_day}T${hour(8)}:00`, end: `${event.first_day}T${hour(16)}:30`, helpers_min: 1, helpers_max: 1 + below(2) },
    }),
    title: ({ event, shift }) => shift && { type: "update_assignment", event: event.id, assignment: shift.id, set: { title: word() } },
    note: ({ event, shift }) => shift && { type: "update_assignment", event: event.id, assignment: shift.id, set: { note: word().repeat(1 + below(20)) } },
    places: ({ event, shift }) => shift && { type: "update_assignment", event: event.id, assignment: shift.id, set: { helpers_max: Math.max(shift.helpers_min, 1 + below(4)) } },
    move: ({ event, shift }) => shift && {
      type: "move_assignment", event: event.id, assignment: shift.id,
      set: { start: `${event.first_day}T${hour(8)}:15`, end: `${event.first_day}T${hour(16)}:45` },
    },
    cancel: ({ event, shift }) => shift && { type: "cancel_assignment", event: event.id, assignment: shift.id, cancelled: shift.status === "open" },
    assign: ({ event, shift, helper }) => shift && { type: "assign", event: event.id, assignment: shift.id, helper },
    unassign: ({ event, shift, on }) => on && { type: "unassign", event: event.id, assignment: shift.id, helper: on },
    reassign: ({ event, shift, other, on }) => on && { type: "reassign", event: event.id, from: shift.id, to: other.id, helper: on },
    substitute: ({ event, shift, on, helper }) => on && { type: "substitute", event: event.id, assignment: shift.id, from: on, to: helper },
    claim: ({ event, shift }) => shift && { type: "claim", event: event.id, assignment: shift.id },
    answer: ({ event, shift, on }) => on && { type: one(["accept", "decline", "check_in", "complete"]), event: event.id, assignment: shift.id, helper: me ?? on },
    contact: ({ helper }) => ({ type: "update_contact", helper: me ?? helper, set: { [one(["note", "phone"])]: word() } }),
    hours: ({ helper }) => ({ type: "set_working_hours", helper: me ?? helper, day: one(["mo", "tu", "we"]), hours: below(4) === 0 ? null : { from: `${hour(6)}:00`, to: `${hour(15)}:30` } }),
    time_off: ({ helper, event }) => ({
      type: "add_time_off", helper: me ?? helper, time_off: id(),
      fields: { start: `${event.first_day}T00:00`, end: `${event.last_day}T23:00`, zone: event.zone, reason: word() },
    }),
    decide_time_off: ({ helper }) => {
      const asked = ws.person(helper).facts.get()?.time_off ?? [];
      return asked.length > 0 && { type: "decide_time_off", helper, time_off: one(asked).id, approved: below(2) === 0 };
    },
    event_note: ({ event }) => ({ type: "update_event", event: event.id, set: { note: word() } }),
    create_event: ({ event }) => ({
      type: "create_event", event: id(), fields: { title: `Chaos ${word()}`, first_day: event.first_day, last_day: event.last_day, zone: event.zone },
    }),
    archive: () => {
      const made = ws.events.get().filter((event) => event.title.startsWith("Chaos "));
      const event = one(made);
      return event && { type: "archive_event", event: event.id, archived: !event.archived };
    },
    add_helper: () => ({ type: "add_helper", helper: id(), fields: { name: word() }, contact: { phone: "1" } }),
    helper_name: ({ helper }) => ({ type: "update_helper", helper, set: { name: word() } }),
    add_place: () => ({ type: "add_place", place: id(), fields: { name: word() } }),
    delete_event: () => {
      const event = one(ws.events.get().filter((each) => each.title.startsWith("Chaos ")));
      return event && { type: "delete_event", event: event.id };
    },
  };
  const plan = "create_assignment title title title note note places places move move cancel assign assign assign assign unassign unassign reassign substitute answer contact hours time_off decide_time_off event_note create_event archive add_helper helper_name add_place";
  const help = "claim claim claim claim answer answer answer contact contact hours time_off";
  const { role, helper: self } = ws.status.get();
  const me = role === "helper" ? self : null;
  const kinds = (role === "helper" || role === "viewer" ? help : role === "owner" ? `${plan} delete_event` : plan).split(" ");

  const make = () => {
    const events = ws.events.get().filter((event) => !event.archived);
    const helpers = ws.helpers.get().filter((helper) => !helper.archived);
    if (events.length === 0 || helpers.length === 0) return undefined;
    const event = below(4) > 0 ? events[0] : one(events);
    const shifts = ws.event(event.id).assignments.get();
    const near = below(4) > 0 ? shifts.slice(-8) : shifts;
    const [shift, other] = [one(near), one(near)];
    const helper = one(below(4) > 0 ? helpers.slice(0, 4) : helpers).id;
    return commands[one(kinds)]({ event, shift, other, helper, on: shift && one(shift.assigned)?.helper }) || undefined;
  };
  const edit = async () => {
    const command = make();
    if (!command) return;
    try {
      const { uuid, stored } = await ws.do(command);
      window.chaosTell([{ uuid, state: "saved", kind: command.type }]);
      stored.then(
        () => window.chaosTell([{ uuid, state: "stored", promise: true }]),
        (error) => error.code !== "closed" && window.chaosTell([{ uuid, state: "refused", code: error.code, promise: true }]),
      );
    } catch (error) {
      window.chaosTell([{ declined: error.code ?? String(error), kind: command.type }]);
    }
  };
  const made = [];
  for (let i = 0; i < count; i++) {
    const done = edit();
    if (!atOnce) await done;
    made.push(done);
  }
  await Promise.all(made);
}

/** Writes in the note of one of few shifts, as an editor bound to the package's document does. */
export async function writeNote({ numbers, count }) {
  const ws = window.wedsync;
  const Y = window.otherY;
  const event = ws?.events.get().find((each) => !each.archived);
  const shift = event && ws.event(event.id).assignments.get()[Math.floor(numbers[0] * 2)];
  if (!shift) return;
  const key = `${event.id}/${shift.id}`;
  window.chaosNotes ??= {};
  const note = (window.chaosNotes[key] ??= ws.event(event.id).notes(shift.id, Y));
  for (let tries = 0; !note.status.get().ready; tries++) {
    if (tries > 50) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  for (let i = 0; i < count; i++) {
    const below = (n) => Math.floor(numbers[(4 * i + 1) % numbers.length] * n);
    const root = note.doc.getXmlFragment("note");
    const paragraph = root.get(below(Math.max(root.length, 1)));
    const text = paragraph?.get(0);
    if (!text || below(100) % 3 === 0) {
      const fresh = new Y.XmlElement("paragraph");
      fresh.insert(0, [new Y.XmlText(`${ws.user} wrote 🎪 ${below(1000)}`)]);
      root.insert(below(root.length + 1), [fresh]);
    } else if (below(100) % 3 === 1 && text.length > 4) text.delete(0, 2);
    else text.insert(text.length, ` and ${below(1000)}`);
    note.flush();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Runs in every page from its start: tells the witness each receipt that it shows, when its state changes. */
export function watchReceipts() {
  let watched;
  let told;
  const look = () => {
    const fresh = watched.receipts.get().filter(({ uuid, state }) => told.get(uuid) !== state);
    for (const { uuid, state } of fresh) told.set(uuid, state);
    if (fresh.length > 0) window.chaosTell(fresh.map(({ uuid, state, code, command }) => ({ uuid, state, code, kind: command?.type })));
  };
  setInterval(() => {
    if (!window.wedsync || window.wedsync === watched) return;
    watched = window.wedsync;
    told = new Map();
    watched.receipts.subscribe(look);
    look();
  }, 20);
}

/** Runs in the page: what it shows, in the form of the hub's own export; `notes` names those to open. */
export async function viewOf(notes) {
  const ws = window.wedsync;
  window.chaosNotes ??= {};
  for (const key of notes) {
    const [event, shift] = key.split("/");
    const note = (window.chaosNotes[key] ??= ws.event(event).notes(shift, window.otherY));
    for (let tries = 0; !note.status.get().ready && tries < 400; tries++) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const written = ([key, note]) => [key, note.status.get().ready ? note.doc.getXmlFragment("note").toString() : "not ready"];
  const events = ws.events.get();
  const helpers = ws.helpers.get();
  const people = helpers.map(({ id }) => [id, ws.person(id).facts.get()]).filter(([, facts]) => facts !== undefined);
  return {
    status: ws.status.get(),
    user: ws.user,
    notes: Object.fromEntries(Object.entries(window.chaosNotes).filter(([key]) => notes.includes(key)).map(written)),
    receipts: ws.receipts.get().map(({ uuid, state, code }) => ({ uuid, state, code })),
    plan: {
      events,
      assignments: Object.fromEntries(events.map(({ id }) => [id, ws.event(id).assignments.get()])),
      people: Object.fromEntries(people),
      helpers,
      places: ws.places.get(),
    },
  };
}

/** Runs in the page: dismisses one refusal; answers its uuid before it does. */
export function refusalToDismiss() {
  return window.wedsync?.receipts.get().find((receipt) => receipt.state === "refused")?.uuid;
}

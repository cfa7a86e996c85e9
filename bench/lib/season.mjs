// The season that all systems are measured with: events of shifts, and a history of field edits behind them. Always the
// same one; a size is its number of shifts, and each shift has been edited ten times.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/run.mjs";

export const SHIFTS_OF_EVENT = 100;
const EDITS_OF_SHIFT = 10;
const SHIFTS_OF_HELPER = 20;
const PLACES = 40;
const ROLES = ["Bar", "Kitchen", "Stage hand", "Entrance", "Parking", "First aid", "Set-up", "Cloakroom"];
const WORDS = [
  "bring gloves", "keys are with Anna", "meet at the back door", "wear the blue vest", "ask for Tom", "water is at the tent",
  "two of you stay for the change", "the van leaves at half past", "radios on channel three", "mind the cables",
];
const ZONES = ["Europe/London", "Europe/Berlin", "Europe/Vienna", "Europe/Lisbon"];

/** A small generator of numbers (mulberry32), so that everybody gets the same season. */
function generator(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (limit) => Math.floor(next() * limit);
  return { below, pick: (list) => list[below(list.length)] };
}

const two = (number) => String(number).padStart(2, "0");
const day = (number) => `2026-${two(4 + Math.floor(number / 28) % 7)}-${two(1 + (number % 28))}`;

/** `shifts` is a multiple of a hundred. */
export function season(shifts) {
  const random = generator(shifts);
  const helpers = names("h", Math.max(2, shifts / SHIFTS_OF_HELPER), (n) => ({ name: `Helper ${n}` }));
  const places = names("p", PLACES, (n) => ({ name: `Place ${n}`, latitude: 52_000_000 + n * 900, longitude: -2_300_000 - n * 700 }));
  const events = Array.from({ length: shifts / SHIFTS_OF_EVENT }, (_, e) => {
    const [id, first_day, zone] = [`e${e}`, day(e), ZONES[e % ZONES.length]];
    const assignments = Array.from({ length: SHIFTS_OF_EVENT }, (_, a) => shift(`${id}-a${a}`, first_day, zone, helpers, places, random));
    return { id, title: `Wedding ${e}`, first_day, last_day: first_day, zone, assignments };
  });
  return { name: `season-${shifts}`, helpers, places, events, edits: () => history(events, places, shifts) };
}

function names(prefix, count, facts) {
  return Array.from({ length: count }, (_, n) => ({ id: `${prefix}${n}`, ...facts(n) }));
}

function shift(id, first, zone, helpers, places, random) {
  const [role, from] = [random.pick(ROLES), 8 + random.below(12)];
  return {
    id,
    title: `${role} ${random.below(20)}`,
    role,
    start: `${first}T${two(from)}:00`,
    end: `${first}T${two(from + 2)}:00`,
    zone,
    place: random.pick(places).id,
    helpers_min: 2,
    helpers_max: 4,
    note: random.pick(WORDS),
    helpers: [...new Set([random.pick(helpers).id, random.pick(helpers).id])],
  };
}

/** Ten edits a shift, each of one field (a move: start and end), in the order they were made. */
function* history(events, places, seed) {
  const random = generator(seed + 1);
  const shifts = events.flatMap((event) => event.assignments.map((assignment) => ({ event, assignment })));
  for (let n = 0; n < shifts.length * EDITS_OF_SHIFT; n++) {
    const { event, assignment } = random.pick(shifts);
    yield { event: event.id, assignment: assignment.id, set: fields(event, assignment, places, random, n) };
  }
}

function fields(event, assignment, places, random, n) {
  const kind = random.below(20);
  if (kind < 8) return { note: `${random.pick(WORDS)}, and ${random.pick(WORDS)} (${n})` };
  if (kind < 11) return { title: `${random.pick(ROLES)} ${random.below(100)}` };
  if (kind < 13) return { role: random.pick(ROLES) };
  if (kind < 15) return { place: random.pick(places).id };
  if (kind < 17) return { helpers_max: assignment.helpers_min + 1 + random.below(4) };
  const from = 8 + random.below(12);
  return { start: `${event.first_day}T${two(from)}:30`, end: `${event.first_day}T${two(from + 2)}:30` };
}

/** The real festival: one event with all its shifts, as people published it, edited as often as the season. */
export function festival() {
  const [header, ...lines] = readFileSync(join(root, "domain/data/festival-shifts.csv"), "utf8").trim().split("\n");
  const columns = header.split(",");
  const rows = lines.map((line) => Object.fromEntries(line.split(",").map((cell, i) => [columns[i], cell])));
  const placeNames = [...new Set(rows.map((row) => row.place))];
  const places = placeNames.map((name, n) => ({ id: `p${n}`, name }));
  const helpers = names("h", Math.ceil(rows.length / SHIFTS_OF_HELPER), (n) => ({ name: `Helper ${n}` }));
  const random = generator(1);
  const assignments = rows.map((row, n) => ({
    id: `e0-a${n}`,
    title: row.role,
    role: row.role,
    start: row.start,
    end: row.end,
    zone: row.zone,
    place: `p${placeNames.indexOf(row.place)}`,
    helpers_min: Number(row.helpers_min),
    helpers_max: Math.max(2, Number(row.helpers_max)),
    note: random.pick(WORDS),
    helpers: [...new Set([random.pick(helpers).id, random.pick(helpers).id])],
  }));
  const days = rows.flatMap((row) => [row.start, row.end]).map((time) => time.slice(0, 10)).sort();
  const events = [{ id: "e0", title: "Festival", first_day: days[0], last_day: days.at(-1), zone: rows[0].zone, assignments }];
  return { name: "festival", helpers, places, events, edits: () => history(events, places, 1) };
}

/** The same as commands for our hub, in order. */
export function* commands({ helpers, places, events, edits }) {
  for (const { id, ...fields } of places) yield { type: "add_place", place: id, fields };
  for (const { id, ...fields } of helpers) yield { type: "add_helper", helper: id, fields };
  for (const { id: event, assignments, ...fields } of events) {
    yield { type: "create_event", event, fields };
    for (const { id: assignment, helpers: assigned, ...facts } of assignments) {
      yield { type: "create_assignment", event, assignment, fields: facts };
      for (const helper of assigned) yield { type: "assign", event, assignment, helper };
    }
  }
  for (const { event, assignment, set } of edits()) yield { type: commandFor(set), event, assignment, set };
}

const commandFor = (set) => ("start" in set ? "move_assignment" : "update_assignment");

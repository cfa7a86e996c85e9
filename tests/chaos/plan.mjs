// What happens in a run, decided before it begins: the same seed gives the same plan. When things happen in real
// processes is up to the machine, so two runs of one plan are alike, not equal.

/** Who takes part, in the order they are added. The same person may have a second device. */
const CREW = [
  { name: "carlo", role: "coordinator", tabs: 2 },
  { name: "hanna", role: "helper", tabs: 1 },
  { name: "olivia", role: "owner", tabs: 2 },
  { name: "hanna-tablet", role: "helper", tabs: 2 },
  { name: "carlo-phone", role: "coordinator", tabs: 1 },
  { name: "viktor", role: "viewer", tabs: 1 },
];

/** Half-open connections are noticed by silence: the last one begins this long before the end. */
const SILENCE_MS = 25_000;

/**
 * `{ crew, steps }`: each step has `at` in milliseconds from the start, a `lane` and a `kind`; `seed` is for its own choices.
 * A kill comes `now`, or when it hurts: as the device says `saved`, as an `answer` of the hub is on its way, or while the
 * hub is in a `commit`.
 */
export function planOf({ seed, ms, browsers }) {
  const crew = CREW.slice(0, browsers);
  if (crew.length < browsers) throw new Error(`at most ${CREW.length} browsers, not ${browsers}`);
  const steps = [...hubLane(random(seed, "hub"), ms, seed % 2 === 0), ...roleLane(random(seed, "roles"), ms, crew)];
  for (const { name } of crew) {
    steps.push(...editLane(random(seed, `${name} edits`), ms, name));
    steps.push(...networkLane(random(seed, `${name} network`), ms, name));
    steps.push(...browserLane(random(seed, `${name} browser`), ms, name));
  }
  return { seed, ms, crew, steps: steps.sort((a, b) => a.at - b.at) };
}

/** Steps one after the other: `step(at)` answers one, or none; the next comes after its `forMs` and a pause. */
function lane(rng, ms, [least, most], step) {
  const steps = [];
  for (let at = rng.between(least, most); at < ms; at += rng.between(least, most)) {
    const made = step(at);
    steps.push({ at: Math.round(at), seed: rng.below(2 ** 31), ...made });
    at += made.forMs ?? 0;
  }
  return steps;
}

function editLane(rng, ms, device) {
  return lane(rng, ms, [200, 2_000], () => ({
    lane: "edits",
    device,
    tab: rng.below(2),
    ...rng.weighted([
      [20, () => ({ kind: "edits", count: 1 + rng.below(6), atOnce: rng.below(3) === 0 })],
      [4, () => ({ kind: "note", count: 1 + rng.below(5) })],
      [1, () => ({ kind: "form" })],
      [1, () => ({ kind: "walk" })],
      [1, () => ({ kind: "dismiss" })],
    ])(),
  }));
}

function networkLane(rng, ms, device) {
  const short = () => rng.between(300, 6_000);
  return lane(rng, ms, [1_500, 9_000], (at) => ({
    lane: "network",
    device,
    ...rng.weighted([
      [4, () => ({ kind: "cut", forMs: short() })],
      [3, () => ({ kind: "stall", forMs: short() })],
      [at < ms - SILENCE_MS ? 2 : 0, () => ({ kind: "half-open", forMs: rng.between(1_000, 8_000) })],
      [2, () => ({ kind: "delay", forMs: short(), delay: rng.between(50, 900) })],
      [1, () => ({ kind: "slow", forMs: short(), rate: rng.between(2_000, 30_000) })],
      [2, () => ({ kind: "no-websocket", forMs: rng.between(2_000, 12_000) })],
      [3, () => ({ kind: "offline", forMs: rng.between(500, 10_000) })],
    ])(),
  }));
}

function browserLane(rng, ms, device) {
  return lane(rng, ms, [2_000, 14_000], () => ({
    lane: "browser",
    device,
    tab: rng.below(2),
    ...rng.weighted([
      [5, () => ({ kind: "kill-browser", when: rng.one(["now", "saved"]), forMs: rng.between(0, 3_000) })],
      [3, () => ({ kind: "close-tab" })],
      [3, () => ({ kind: "open-tab" })],
      [3, () => ({ kind: "reload" })],
      [2, () => ({ kind: "crash-tab" })],
      [2, () => ({ kind: "freeze-tab", forMs: rng.between(1_000, 15_000) })],
      [2, () => ({ kind: "stop-worker" })],
    ])(),
  }));
}

/** Only even seeds restore backups: what was stored may then be refused, and less can be asserted. */
function hubLane(rng, ms, restores) {
  return lane(rng, ms, [2_000, 10_000], () => ({
    lane: "hub",
    ...rng.weighted([
      [5, () => ({ kind: "kill-hub", when: rng.one(["now", "answer", "commit"]), forMs: rng.between(0, 3_000) })],
      [2, () => ({ kind: "slow-disk", forMs: rng.between(200, 3_000) })],
      [1, () => ({ kind: "back-up" })],
      [restores ? 2 : 0, () => ({ kind: "restore", forMs: rng.between(0, 1_000) })],
      [1, () => ({ kind: "stop-hub", forMs: rng.between(0, 1_000) })],
    ])(),
  }));
}

/** Nobody touches the owner's role: there is one. */
function roleLane(rng, ms, crew) {
  const people = [...new Set(crew.map((member) => member.role))].filter((role) => role === "coordinator" || role === "helper");
  return lane(rng, ms, [5_000, 25_000], () => ({
    lane: "roles",
    kind: "change-role",
    person: rng.one(people),
    role: rng.one(["viewer", "helper", "coordinator"]),
    forMs: rng.between(1_000, 10_000),
  }));
}

/** The choices of one step. */
export function numbersOf(seed, count) {
  const next = mulberry32(seed);
  return Array.from({ length: count }, next);
}

/** Small, and good enough for choosing. */
function mulberry32(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Each lane has numbers of its own: one more browser leaves the steps of the others as they were. */
function random(seed, name) {
  let hash = seed;
  for (const letter of name) hash = Math.imul(hash ^ letter.charCodeAt(0), 16777619);
  const next = mulberry32(hash);
  const below = (n) => Math.floor(next() * n);
  return {
    below,
    between: (least, most) => Math.round(least + next() * (most - least)),
    one: (list) => list[below(list.length)],
    weighted(choices) {
      let left = next() * choices.reduce((sum, [weight]) => sum + weight, 0);
      return choices.find(([weight]) => (left -= weight) < 0)[1];
    },
  };
}

// Yjs and yrs edit one text, each in documents of their own, and hand each other what they made in random orders: in
// the end all hold the same, to the last mark. WEDSYNC_SEED runs one seed again.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import * as Y from "yjs";
import { targetDir } from "../../scripts/run.mjs";

const SEEDS = 40;
const STEPS = 60;
/** Surrogate pairs, joined emoji, combining characters, right-to-left with its marks, line ends, and plain words. */
const WORDS = ["a", "Bring the keys. ", "🍺", "👩‍👩‍👧‍👦", "é́", "שָׁלוֹם ", "مرحبا", "\u202eabc\u202c", "\n", "日本", "𝄞x"];
const MARKS = [
  { bold: true }, { bold: null }, { italic: true }, { italic: null }, { link: "https://example.org/" }, { link: null },
  { bold: true, italic: true },
];

/** A generator of whole numbers below a bound (mulberry32). */
function random(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

class YjsPeer {
  constructor(client) {
    this.doc = new Y.Doc();
    this.doc.clientID = client;
    this.text = this.doc.getText("note");
  }

  async edit([kind, ...args]) {
    let update;
    this.doc.once("update", (bytes) => (update = bytes));
    this.text[kind](...args);
    return update ?? Uint8Array.from([0, 0]);
  }

  async apply(update) {
    Y.applyUpdate(this.doc, update);
  }

  async diff(vector) {
    return Y.encodeStateAsUpdate(this.doc, vector);
  }

  async state() {
    return { text: this.text.toString(), delta: this.text.toDelta(), vector: Y.encodeStateVector(this.doc) };
  }

  end() {
    this.doc.destroy();
  }
}

class YrsPeer {
  constructor(client) {
    this.child = spawn(join(targetDir, "debug", "examples", "yrs"), [`${client}`], { stdio: ["pipe", "pipe", "inherit"] });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async ask(...line) {
    this.child.stdin.write(`${JSON.stringify(line)}\n`);
    const { value, done } = await this.lines.next();
    assert.ok(!done, "yrs ended");
    return JSON.parse(value);
  }

  edit = async (edit) => Buffer.from(await this.ask(...edit), "base64");
  apply = (update) => this.ask("apply", Buffer.from(update).toString("base64"));
  diff = async (vector) => Buffer.from(await this.ask("diff", Buffer.from(vector).toString("base64")), "base64");
  async state() {
    const { text, delta, state } = await this.ask("state");
    return { text, delta, vector: Buffer.from(state, "base64") };
  }

  end() {
    this.child.kill();
  }
}

/** Where something may begin or end: not between the halves of a character, where no editor writes. */
function place(text, below) {
  const at = below(text.length + 1);
  const low = text.charCodeAt(at);
  return low >= 0xdc00 && low <= 0xdfff ? at - 1 : at;
}

async function randomEdit(peer, below) {
  const { text } = await peer.state();
  const [a, b] = [place(text, below), place(text, below)].sort((x, y) => x - y);
  const kind = text.length === 0 || a === b ? 0 : below(5);
  if (kind <= 2) return peer.edit(["insert", a, WORDS[below(WORDS.length)], below(4) === 0 ? MARKS[below(MARKS.length)] : {}]);
  if (kind === 3) return peer.edit(["delete", a, cut(text, a, b)]);
  return peer.edit(["format", a, b - a, MARKS[below(MARKS.length)]]);
}

/** A length of at most some twenty, which ends where something may. */
function cut(text, from, to) {
  const end = Math.min(from + 20, to);
  const low = text.charCodeAt(end);
  return (low >= 0xdc00 && low <= 0xdfff ? end - 1 : end) - from;
}

const sorted = (vector) => [...Y.decodeStateVector(vector)].sort(([a], [b]) => a - b);

/** Attributes have no order, and neighbours that look the same are one. */
function normal(delta) {
  const parts = [];
  for (const { insert, attributes = {} } of delta) {
    const marks = JSON.stringify(Object.entries(attributes).sort());
    if (parts.at(-1)?.marks === marks) parts.at(-1).insert += insert;
    else parts.push({ insert, marks });
  }
  return parts;
}

async function run(seed) {
  const below = random(seed);
  const clients = [below(2 ** 31), below(2 ** 31) + 2 ** 33, below(2 ** 31) + 2 ** 40, below(2 ** 31) + 2 ** 51];
  const peers = [new YjsPeer(clients[0]), new YrsPeer(clients[1]), new YjsPeer(clients[2]), new YrsPeer(clients[3])];
  /** What each has not been given yet: updates by author, which arrive in the order they were made. */
  const waiting = peers.map(() => peers.map(() => []));
  try {
    for (let step = 0; step < STEPS; step++) {
      const who = below(peers.length);
      if (below(3) < 2) {
        const update = await randomEdit(peers[who], below);
        waiting.forEach((from, to) => to !== who && from[who].push(update));
      } else if (below(4) > 0) {
        // All that it is to be given, the authors in any order; what an author built on may come later.
        const authors = waiting[who].map((queue, author) => ({ queue, author, at: below(1000) })).sort((x, y) => x.at - y.at);
        const updates = authors.flatMap(({ queue }) => queue.splice(0));
        if (updates.length > 0) await peers[who].apply(Y.mergeUpdates([await lacked(peers, who), ...updates]));
      } else {
        await sync(peers, who, below(peers.length));
      }
    }
    for (let round = 0; round < 2; round++) {
      for (let to = 0; to < peers.length; to++) for (let from = 0; from < peers.length; from++) await sync(peers, to, from);
    }
    const [first, ...others] = await Promise.all(peers.map((peer) => peer.state()));
    for (const other of others) {
      assert.equal(other.text, first.text);
      assert.deepEqual(normal(other.delta), normal(first.delta));
      assert.deepEqual(sorted(other.vector), sorted(first.vector));
    }
    return first.text;
  } finally {
    peers.forEach((peer) => peer.end());
  }
}

/** What others have of the past, so that nothing is missing in between. */
async function lacked(peers, who) {
  const { vector } = await peers[who].state();
  return Y.mergeUpdates(await Promise.all(peers.filter((_, i) => i !== who).map((peer) => peer.diff(vector))));
}

async function sync(peers, to, from) {
  if (to === from) return;
  await peers[to].apply(await peers[from].diff((await peers[to].state()).vector));
}

test("Yjs and yrs make the same of what both wrote", { timeout: 300_000 }, async () => {
  const asked = process.env.WEDSYNC_SEED;
  const seeds = asked ? [Number(asked)] : Array.from({ length: SEEDS }, (_, i) => i + 1);
  let written = 0;
  for (const seed of seeds) {
    try {
      written += (await run(seed)).length;
    } catch (error) {
      throw new Error(`seed ${seed} (WEDSYNC_SEED=${seed} node --test tests/e2e/interop.test.mjs)`, { cause: error });
    }
  }
  assert.ok(asked || written > 50 * SEEDS, `${written} characters`);
});

test("a hundred thousand characters, made by each and changed by the other", { timeout: 120_000 }, async () => {
  const words = WORDS.join("");
  const times = Math.ceil(100_000 / words.length);
  for (const [writer, reader] of [[new YjsPeer(1), new YrsPeer(2)], [new YrsPeer(3), new YjsPeer(4)]]) {
    try {
      await reader.apply(await writer.edit(["insert", 0, words.repeat(times), {}]));
      await writer.apply(await reader.edit(["delete", words.length, 600 * words.length]));
      await reader.apply(await writer.edit(["format", words.length, 400 * words.length, { bold: true }]));
      const [one, other] = [await writer.state(), await reader.state()];
      assert.equal(one.text, words.repeat(times - 600));
      assert.equal(other.text, one.text);
      assert.deepEqual(normal(other.delta), normal(one.delta));
      assert.equal(normal(one.delta)[1].insert, words.repeat(400));
      assert.deepEqual(sorted(other.vector), sorted(one.vector));
    } finally {
      [writer, reader].forEach((peer) => peer.end());
    }
  }
});

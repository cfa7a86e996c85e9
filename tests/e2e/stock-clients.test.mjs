// Stock Yjs clients of notes: `yjs`, `y-websocket` and `y-indexeddb` as they come, beside our own.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";
import { WebSocket } from "ws";
import * as Y from "yjs";
import { Hub } from "./hub.mjs";
import { Member } from "./member.mjs";
import { Proxy } from "./proxy.mjs";
import { StockClient, eventually, untilEqual } from "./stock.mjs";
import { story } from "./story.mjs";

const NOTE = "lena-jonas/lena-jonas-01";

/** A hub that serves no app, and `join(role, options)` for stock clients of one note. */
function notes(title, body) {
  test(title, { timeout: 120_000 }, async () => {
    const www = mkdtempSync(join(tmpdir(), "wedsync-empty-"));
    writeFileSync(join(www, "index.html"), "");
    const hub = await Hub.start({ www });
    const clients = [];
    const members = {};
    const member = async (role) => (members[role] ??= await Member.join(hub, hub.codes[role]));
    const joinNote = async (role, options) => {
      const client = await StockClient.join(options?.through ?? hub, await member(role), NOTE, options);
      clients.push(client);
      return client;
    };
    try {
      await body({ hub, member, join: joinNote });
    } finally {
      for (const client of clients) client.leave();
      await hub.remove();
      rmSync(www, { recursive: true });
    }
  });
}

notes("a viewer reads; what they write is refused once, and changes nothing", async ({ join }) => {
  const owner = await (await join("owner")).synced();
  owner.write(0, "Bring gloves");
  const viewer = await (await join("viewer")).synced();
  await viewer.untilReads("Bring gloves");
  owner.write(12, ".");
  await viewer.untilReads("Bring gloves.");
  viewer.write(0, "Viewers were here. ");
  await eventually("it is sent away", () => viewer.closes.length > 0);
  assert.deepEqual(viewer.closes, [4403]);
  assert.match(viewer.denied[0], /role/);
  await sleep(3_000);
  assert.equal(viewer.connections, 1, "it does not come back by itself");
  const helper = await (await join("helper")).synced();
  await helper.untilReads("Bring gloves.");
  // A fresh document reads on.
  const again = await (await join("viewer")).synced();
  await again.untilReads("Bring gloves.");
});

notes("a token that is no good is said once, and who comes back all the same is kept waiting", async ({ join, member }) => {
  const helper = await member("helper");
  const expired = await helper.token({ seconds: -100 });
  const client = await join("helper", { token: expired });
  await eventually("it is sent away", () => client.closes.length > 0);
  assert.deepEqual(client.closes, [4401]);
  assert.equal(client.denied.length, 1);
  await sleep(3_000);
  assert.equal(client.connections, 1);
  // As y-websocket did before 3.1: it comes back whatever the code says.
  const stubborn = await join("helper", { token: expired, shouldReconnect: () => true });
  await sleep(4_000);
  assert.equal(stubborn.connections, 1, "it waits in its first connection");
  assert.deepEqual(stubborn.closes, []);
  assert.match(stubborn.denied[0], /token/);

  // A session ends with its token, and goes on with a new one.
  const soon = await (await join("helper", { token: await helper.token({ seconds: 8 }) })).synced();
  await eventually("its token expires", () => soon.closes.length > 0);
  assert.deepEqual(soon.closes, [4401]);
  soon.write(0, "written meanwhile");
  soon.provider.params = { token: await helper.token() };
  soon.provider.connect();
  const reader = await (await join("owner")).synced();
  await reader.untilReads("written meanwhile");
});

notes("what was written while the hub was killed arrives when it is back, and nothing that was seen is lost", async ({ hub, member, join }) => {
  const fresh = async (role) => (await member(role)).token({ seconds: 110 });
  const owner = await (await join("owner", { token: await fresh("owner") })).synced();
  const helper = await (await join("helper", { token: await fresh("helper") })).synced();
  owner.write(0, "one ");
  await helper.untilReads("one ");
  for (let round = 0; round < 3; round++) {
    // The helper has seen it: so it is committed, however soon the power is cut.
    owner.write(owner.text.length, `round ${round} `);
    await helper.untilReads(owner.text.toString());
    const seen = helper.text.toString();
    await hub.kill();
    await eventually("they notice", () => !owner.provider.wsconnected && !helper.provider.wsconnected);
    await hub.up();
    const reader = await (await join("viewer")).synced();
    assert.ok(reader.text.toString().startsWith(seen), `${seen} is lost: ${reader.text}`);
    helper.write(0, `back ${round} `);
    await untilEqual(owner.doc, helper.doc, reader.doc);
    assert.match(owner.text.toString(), new RegExp(`back ${round} .*round ${round} `));
  }
  assert.deepEqual(owner.denied, []);
});

notes("people see one another's cursors under their true names", async ({ join }) => {
  const owner = await (await join("owner")).synced();
  const helper = await (await join("helper")).synced();
  helper.provider.awareness.setLocalStateField("user", { name: "Olivia Owner", color: "#f00" });
  const seen = () => owner.provider.awareness.getStates().get(helper.doc.clientID);
  await eventually("the owner sees the helper", () => seen()?.user);
  assert.deepEqual(seen().user, { name: "Hanna Helper", color: "#f00" });
  helper.leave();
  await eventually("and sees them leave", () => seen() === undefined);
});

notes("hostile messages end their sender, and nobody else", async ({ hub, member, join }) => {
  const owner = await (await join("owner")).synced();
  owner.write(0, "still here");
  const sub = new Y.Doc();
  sub.getMap("note").set("x", new Y.Doc());
  const collected = new Y.Doc();
  const blocks = collected.getXmlFragment("note");
  blocks.insert(0, [new Y.XmlElement("paragraph")]);
  blocks.get(0).insert(0, [new Y.XmlText("gone")]);
  blocks.delete(0, 1);
  const update = (bytes) => Uint8Array.from([0, 2, ...varuint(bytes.length), ...bytes]);
  const state = JSON.stringify({ a: "x".repeat(1_000_000) });
  const awareness = [1, 5, 1, ...varuint(state.length), ...Buffer.from(state)];
  const messages = [
    ["a sub-document", update(Y.encodeStateAsUpdate(sub)), 4403],
    ["garbage", update(Y.encodeStateAsUpdate(collected)), 4403],
    ["a truncated update", update(Y.encodeStateAsUpdate(owner.doc)).slice(0, -3), 4400],
    ["an unknown message", Uint8Array.from([77]), 4400],
    ["a megabyte of awareness", Uint8Array.from([1, ...varuint(awareness.length), ...awareness]), 4413],
    ["a long message", new Uint8Array(1024 * 1024 + 1), 4413],
  ];
  const coordinator = await member("coordinator");
  // At once, because who is refused again is kept waiting.
  const closes = messages.map(async ([, message]) => {
    const token = await coordinator.token();
    const socket = new WebSocket(`${hub.origin.replace("http", "ws")}/yjs/notes/${NOTE}?token=${token}`);
    const closed = new Promise((resolve) => socket.on("close", resolve));
    await new Promise((resolve) => socket.on("open", resolve));
    socket.send(message);
    return closed;
  });
  assert.deepEqual(await Promise.all(closes), messages.map(([, , code]) => code));
  owner.write(10, "!");
  const helper = await (await join("helper")).synced();
  await helper.untilReads("still here!");
  assert.deepEqual(owner.closes, []);
});

notes("a hundred thousand characters go over at once, and back", async ({ join }) => {
  const owner = await (await join("owner")).synced();
  const long = "Über 🍺 שלום é́ ".repeat(6_500);
  assert.ok(long.length >= 100_000);
  owner.write(0, long);
  const helper = await (await join("helper")).synced();
  await helper.untilReads(long);
  helper.text.delete(10, 50_000);
  helper.text.format(0, 40_000, { bold: true });
  await untilEqual(owner.doc, helper.doc);
  assert.deepEqual(owner.text.toDelta(), helper.text.toDelta());
});

notes("edits of two stock clients that were apart are merged", async ({ hub, join }) => {
  const proxy = await Proxy.start(hub.port);
  try {
    const owner = await (await join("owner")).synced();
    owner.write(0, "tables chairs");
    const helper = await (await join("helper", { through: proxy })).synced();
    await helper.untilReads("tables chairs");
    proxy.cut();
    await eventually("they are apart", () => !helper.provider.wsconnected);
    helper.write(13, " candles");
    owner.write(0, "Bring ");
    proxy.resume();
    await owner.untilReads("Bring tables chairs candles");
    await helper.untilReads("Bring tables chairs candles");
    await untilEqual(owner.doc, helper.doc);
  } finally {
    await proxy.close();
  }
});

/** Puts a page with a stock client beside the app. */
async function servePage(hub) {
  const input = fileURLToPath(new URL("stock-page.js", import.meta.url));
  await build({ input, platform: "browser", logLevel: "warn", output: { file: join(hub.www, "stock-page.js"), format: "iife" } });
  writeFileSync(join(hub.www, "stock.html"), `<!doctype html><meta charset="utf-8"><script src="/stock-page.js"></script>`);
}

story("what a page with y-indexeddb wrote offline is merged when it is opened again", 120, async ({ hub, device }) => {
  await servePage(hub);
  const stranger = await device("stranger");
  const other = await StockClient.join(hub, await Member.join(hub, hub.codes.coordinator), NOTE);
  other.write(0, "Bring gloves. ");
  const helper = await Member.join(hub, hub.codes.helper);
  const openNote = async () => {
    await stranger.page.goto(`${stranger.origin}/stock.html`);
    await stranger.page.evaluate(([note, token]) => window.openNote(note, token), [NOTE, await helper.token()]);
  };
  const reads = () => stranger.page.evaluate(() => window.note.text.toString());
  await openNote();
  await eventually("the page reads the note", async () => (await reads()) === "Bring gloves. ");
  await stranger.goOffline();
  await eventually("the page is offline", () => stranger.page.evaluate(() => !window.note.provider.wsconnected));
  await stranger.page.evaluate(() => window.note.text.insert(14, "Offline 🧤. "));
  // A later write of y-indexeddb's is in the database: so is the one before it.
  await stranger.page.evaluate(() => window.note.kept.set("written", 1));
  await stranger.page.goto("about:blank");
  other.write(0, "Team! ");
  await stranger.goOnline();
  await openNote();
  const all = "Team! Bring gloves. Offline 🧤. ";
  await other.untilReads(all);
  await eventually("the page has all", async () => (await reads()) === all);
  // Its first sync told the hub what others wrote: that is no offence.
  assert.equal(await stranger.page.evaluate(() => window.note.provider.synced), true);
  assert.deepEqual(other.denied, []);
  other.leave();
});

story("two stock clients and our app write in one note", 120, async ({ hub, device }) => {
  const owner = await device("owner");
  await owner.signIn("owner");
  const [event, shift] = NOTE.split("/");
  await owner.page.evaluate((to) => void (window.location.hash = to), `#/event/${event}?shift=${shift}`);
  const field = owner.page.getByRole("textbox", { name: "Notes" });
  await field.pressSequentially("Bring gloves. ");
  const stock = [];
  for (const role of ["coordinator", "helper"]) {
    stock.push(await StockClient.join(hub, await Member.join(hub, hub.codes[role]), NOTE));
  }
  for (const each of stock) await each.untilReads("Bring gloves. ");
  stock[0].write(0, "Team! ");
  stock[1].write(14, "And water. ");
  const shows = async (words) => (await field.textContent()).includes(words);
  await eventually("our app has all", async () => (await shows("Team! Bring gloves.")) && (await shows("And water.")));
  await untilEqual(...stock.map((each) => each.doc));
  for (const each of stock) each.leave();
});

function varuint(number) {
  const bytes = [];
  for (; number > 127; number = Math.floor(number / 128)) bytes.push((number % 128) | 128);
  return [...bytes, number];
}

import assert from "node:assert/strict";
import { assignment, edit, events, id, newShift, receiptsOf, status, until, untilAllStored, untilOffline, untilOpen } from "./plan.mjs";
import { story } from "./story.mjs";

const databaseOf = (page) => page.evaluate(() => `wedsync:${window.wedsync.org}:${window.wedsync.user}`);
const answers = async (page) => assert.equal(await page.evaluate(() => 1 + 1), 2, "the page is not frozen");

/** The code of the error that saving an edit ends with; undefined if it was saved. */
const codeOfEdit = (page, command) =>
  page.evaluate(async (c) => {
    try {
      (await window.wedsync.do(c)).stored.catch(() => {});
      return undefined;
    } catch (error) {
      return error.code;
    }
  }, command);

story("a full disk is a typed error on screen, and what was saved stays", 150, async ({ device }) => {
  const a = await device("a");
  a.page = await a.context.newPage();
  const session = await a.context.newCDPSession(a.page);
  await session.send("Storage.overrideQuotaForOrigin", { origin: a.origin, quotaSize: 24 * 1024 * 1024 });
  await a.join(a.hub.codes.coordinator);
  await a.workerReady();
  const [event] = await events(a.page);
  await a.goOffline();
  await untilOffline(a.page);
  const kept = id();
  const uuids = await edit(a.page, newShift(event, kept, "Saved before it was full"));

  await a.page.evaluate(fillDisk);
  const note = "x".repeat(4000);
  let code;
  for (let i = 0; i < 200 && code === undefined; i++) code = await codeOfEdit(a.page, newShift(event, id(), `Too much ${i}`, { note }));
  assert.equal(code, "quota_exceeded");
  await a.page.getByRole("status").filter({ hasText: "Cannot save" }).waitFor();
  await answers(a.page);

  await a.page.evaluate(freeDisk);
  await a.page.reload();
  await untilOpen(a.page);
  assert.equal((await receiptsOf(a.page, uuids))[0].state, "saved");
  assert.equal((await assignment(a.page, event.id, kept)).title, "Saved before it was full");
  assert.equal(await codeOfEdit(a.page, newShift(event, id(), "There is room again")), undefined);
  await a.goOnline();
  await untilAllStored(a.page);
});

/** Runs in the page: writes random bytes into a database of its own until there is no room for one more byte. */
async function fillDisk() {
  const db = await new Promise((resolve, reject) => {
    const open = indexedDB.open("filler", 1);
    open.onupgradeneeded = () => open.result.createObjectStore("bytes", { autoIncrement: true });
    open.onsuccess = () => resolve(open.result);
    open.onerror = () => reject(open.error);
  });
  for (let size = 1024 * 1024; size >= 1024; ) {
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; i += 65536) crypto.getRandomValues(bytes.subarray(i, Math.min(size, i + 65536)));
    const fits = await new Promise((resolve) => {
      const tx = db.transaction("bytes", "readwrite");
      tx.objectStore("bytes").add(bytes);
      tx.oncomplete = () => resolve(true);
      tx.onabort = () => resolve(false);
    });
    if (!fits) size /= 2;
  }
  db.close();
}

const freeDisk = () => new Promise((resolve) => (indexedDB.deleteDatabase("filler").onsuccess = () => resolve()));

story("a database deleted under the page is a typed error, and the plan comes back from the hub", 120, async ({ device }) => {
  const a = await device("a");
  await a.signIn("coordinator");
  const [event] = await events(a.page);
  const shift = id();
  await edit(a.page, newShift(event, shift, "Stored before the deletion"));
  await untilAllStored(a.page);
  const name = await databaseOf(a.page);
  const session = await a.context.newCDPSession(a.page);
  await session.send("Storage.clearDataForOrigin", { origin: a.origin, storageTypes: "indexeddb" }).catch(() => {});
  await until(a.page, "the deletion is noticed", (ws) => ws.status.get().storage?.code === "storage_deleted");
  assert.equal(await codeOfEdit(a.page, newShift(event, id(), "Into nothing")), "storage_deleted");
  await a.page.getByRole("status").filter({ hasText: "Cannot save" }).waitFor();
  await answers(a.page);
  assert.match(name, /^wedsync:/);

  // The device key went with the origin's data: signing in again brings the plan back.
  await a.join(a.hub.codes.coordinator);
  assert.equal((await assignment(a.page, event.id, shift)).title, "Stored before the deletion");
});

story("a replica deleted by another tab is noticed, and filled again from the hub", 120, async ({ device }) => {
  const a = await device("a");
  await a.signIn("coordinator");
  const before = (await events(a.page)).map((e) => e.id);
  const other = await a.context.newPage();
  await other.goto(`${a.origin}/manifest.webmanifest`);
  await other.evaluate(
    (name) => new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase(name);
      request.onsuccess = () => resolve();
      request.onerror = () => reject(request.error);
    }),
    await databaseOf(a.page),
  );
  await until(a.page, "the deletion is noticed", (ws) => ws.status.get().storage?.code === "storage_deleted");
  await a.page.getByRole("status").filter({ hasText: "Cannot save" }).waitFor();
  await answers(a.page);
  await a.page.reload();
  await until(a.page, "filled again", (ws, n) => ws.status.get().connection === "online" && ws.events.get().length === n && !ws.status.get().wiped, before.length);
});

story("a newer version in a second tab is a typed error, and nothing that was saved is lost", 120, async ({ device }) => {
  const a = await device("a");
  await a.signIn("coordinator");
  await a.workerReady();
  const [event] = await events(a.page);
  await a.goOffline();
  await untilOffline(a.page);
  const uuids = await edit(a.page, newShift(event, id(), "Saved by the old version"));
  const name = await databaseOf(a.page);

  const newer = await a.context.newPage();
  await newer.goto(`${a.origin}/`);
  const outcome = await newer.evaluate(upgrade, name);
  assert.equal(outcome, "upgraded", "the old tab gives way");
  await until(a.page, "the upgrade is noticed", (ws) => ["storage_newer", "storage_blocked", "storage_closed"].includes(ws.status.get().storage?.code));
  assert.match(await codeOfEdit(a.page, newShift(event, id(), "Too old")), /^storage_(newer|blocked|closed)$/);
  await a.page.getByRole("status").filter({ hasText: "Cannot save" }).waitFor();
  await answers(a.page);
  assert.equal((await newer.evaluate(rowsOf, name)).queue, uuids.length, "what was saved is still there");

  await a.page.reload();
  await a.page.getByRole("alert").waitFor(); // an older app on a newer database says so
  await answers(a.page);
});

/** Runs in the page: opens the database at ten times its version, as a later version of the app would. */
function upgrade(name) {
  return new Promise((resolve) => {
    const probe = indexedDB.open(name);
    probe.onsuccess = () => {
      const { version } = probe.result;
      probe.result.close();
      const open = indexedDB.open(name, version * 10);
      open.onblocked = () => setTimeout(() => resolve("blocked"), 20_000);
      open.onsuccess = () => {
        open.result.close();
        resolve("upgraded");
      };
    };
  });
}

/** Runs in the page: how many rows each object store holds. */
function rowsOf(name) {
  return new Promise((resolve, reject) => {
    const open = indexedDB.open(name);
    open.onerror = () => reject(open.error);
    open.onsuccess = async () => {
      const db = open.result;
      const tx = db.transaction([...db.objectStoreNames]);
      const counts = {};
      for (const store of db.objectStoreNames) tx.objectStore(store).count().onsuccess = (e) => (counts[store] = e.target.result);
      tx.oncomplete = () => {
        db.close();
        resolve(counts);
      };
    };
  });
}

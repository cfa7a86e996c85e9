import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { edit, events, id, newShift, receiptsOf, status, untilAllStored, untilOpen } from "./plan.mjs";
import { story } from "./story.mjs";

story("a new version takes over when the person says so, and edits that wait are kept", 120, async ({ hub, device }) => {
  const a = await device("a");
  await a.signIn("coordinator");
  await a.workerReady();
  const [event] = await events(a.page);
  a.proxy.deny(/^\/v1\//); // the app's files can be fetched, the hub cannot be reached
  const uuids = await edit(a.page, newShift(event, id(), "Waits during the update"));

  deploy(hub.www);
  await a.page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update());
  const button = a.page.getByRole("button", { name: /new version is ready/i });
  await button.waitFor();
  const loadedAt = await a.page.evaluate(() => performance.timeOrigin);
  assert.equal((await status(a.page)).pending, 1, "nothing reloads by itself");
  await Promise.all([a.page.waitForEvent("load"), button.click()]);
  await untilOpen(a.page);
  assert.notEqual(await a.page.evaluate(() => performance.timeOrigin), loadedAt);
  assert.match(await a.page.content(), /deployed-later/, "the page is the new version's");
  assert.equal((await receiptsOf(a.page, uuids))[0].state, "saved");

  a.proxy.resume();
  await a.page.evaluate(() => window.wedsync.syncNow());
  await untilAllStored(a.page, 45_000);
  assert.equal((await receiptsOf(a.page, uuids))[0].state, "stored");
});

/** Puts a changed page in place, with the worker that a build of it would have. */
function deploy(www) {
  const page = join(www, "index.html");
  writeFileSync(page, readFileSync(page, "utf8").replace("</head>", '<meta name="deployed-later" content="yes"></head>'));
  const worker = join(www, "service-worker.js");
  const script = readFileSync(worker, "utf8");
  const version = /\bversion:\s*["'`]([0-9a-f]{16})["'`]/.exec(script)?.[1] ?? /["'`]([0-9a-f]{16})["'`]/.exec(script)?.[1];
  assert.ok(version, "the worker carries the version of its assets");
  writeFileSync(worker, script.replaceAll(version, "feedfacefeedface"));
}

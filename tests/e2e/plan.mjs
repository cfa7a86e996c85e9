// Reading and editing the plan in a page, by the workspace that the app keeps at `window.wedsync`.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

/** A collision-free id of the kind the package makes. */
export const id = () => crypto.randomUUID().replaceAll("-", "");

/** Makes edits one after the other; resolves with their ids once all are saved on the device. */
export const edit = (page, ...commands) =>
  page.evaluate(async (all) => {
    const uuids = [];
    for (const command of all) {
      const receipt = await window.wedsync.do(command);
      receipt.stored.catch(() => {});
      uuids.push(receipt.uuid);
    }
    return uuids;
  }, commands);

export const status = (page) => page.evaluate(() => window.wedsync.status.get());
export const receipts = (page) => page.evaluate(() => window.wedsync.receipts.get());
export const events = (page) => page.evaluate(() => window.wedsync.events.get());
export const helpers = (page) => page.evaluate(() => window.wedsync.helpers.get());
export const assignments = (page, event) => page.evaluate((e) => window.wedsync.event(e).assignments.get(), event);

export async function assignment(page, event, wanted) {
  const rows = await assignments(page, event);
  return rows.find((row) => row.id === wanted);
}

/** Receipts of some edits, in their order. */
export async function receiptsOf(page, uuids) {
  const all = new Map((await receipts(page)).map((receipt) => [receipt.uuid, receipt]));
  return uuids.map((uuid) => all.get(uuid));
}

/**
 * Waits until the page's workspace satisfies `test(workspace, argument)`; fails with its status. Polled from here:
 * the app's content security policy forbids the `eval` that Playwright's own waiting needs.
 */
export async function until(page, what, test, argument = null, timeout = 20_000) {
  const limit = Date.now() + timeout;
  const expression = `window.wedsync !== undefined && Boolean((${test})(window.wedsync, ${JSON.stringify(argument)}))`;
  while (!(await page.evaluate(expression))) {
    if (Date.now() > limit) {
      const now = await status(page).catch(() => "not open");
      assert.fail(`${what}: not within ${timeout} ms; status ${JSON.stringify(now)}`);
    }
    await sleep(30);
  }
}

/** Waits until the app has opened its workspace. */
export const untilOpen = (page) => until(page, "workspace open", () => true);

export const untilOnline = (page) => until(page, "online", (ws) => ws.status.get().connection === "online");
export const untilOffline = (page) => until(page, "offline", (ws) => ws.status.get().connection === "offline");
export const untilAllStored = (page, timeout) =>
  until(page, "all stored", (ws) => ws.status.get().connection === "online" && ws.status.get().pending === 0, null, timeout);

/** A shift on an event's first day. */
export const newShift = (event, assignment, title, more = {}) => ({
  type: "create_assignment",
  event: event.id,
  assignment,
  fields: { title, start: `${event.first_day}T10:00`, end: `${event.first_day}T12:00`, ...more },
});

/** The plan as people see it, without what differs between devices. */
export const planOf = (page) =>
  page.evaluate(() => ({
    events: window.wedsync.events.get(),
    assignments: window.wedsync.events.get().map((event) => window.wedsync.event(event.id).assignments.get()),
  }));

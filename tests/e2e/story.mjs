// One end-to-end test: a hub, some devices, a time limit, screenshots when it fails, and nothing left behind.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../scripts/run.mjs";
import { Device } from "./browser.mjs";
import { Hub } from "./hub.mjs";

const RESULTS = join(root, "test-results");

/** Runs `body({ hub, device })`; `device(name)` starts a browser on a fresh profile. `how` is the hub's. */
export function story(title, seconds, body, how) {
  test(title, { timeout: (seconds + 60) * 1000 }, async () => {
    const hub = await Hub.start(how);
    const devices = [];
    const device = async (name, options) => {
      const made = await Device.start(name, hub, options);
      devices.push(made);
      return made;
    };
    try {
      await within(seconds, body({ hub, device }));
    } catch (error) {
      await keepEvidence(title, hub, devices);
      throw error;
    } finally {
      for (const each of devices) await each.remove();
      await hub.remove();
    }
  });
}

async function within(seconds, promise) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${seconds} s`)), seconds * 1000);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

async function keepEvidence(title, hub, devices) {
  mkdirSync(RESULTS, { recursive: true });
  const name = title.replace(/\W+/g, "-").slice(0, 60);
  writeFileSync(join(RESULTS, `${name}-hub.log`), hub.log);
  for (const device of devices) {
    for (const [i, page] of device.context.pages().entries()) {
      const path = join(RESULTS, `${name}-${device.name}-${i}.png`);
      await page.screenshot({ path, timeout: 5_000 }).catch(() => {});
    }
  }
}

// Two people on one plan: how long until an edit of one is on the screen of the other, and until they see where the other
// looks. Two Chromium profiles on the shipped package and the shipped hub, on loopback. `raw` is one strict transaction
// of IndexedDB, which every edit waits for before it says `saved`.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { build } from "../../scripts/build.mjs";
import { Problem, must, root, targetDir } from "../../scripts/run.mjs";
import { findBrowser } from "../../scripts/tools.mjs";
import { Hub } from "../../tests/e2e/hub.mjs";

const EVENT = "Wedding of Lena and Jonas";
const WARM_UP = 10;
/** Milliseconds between two edits, and between two looks: faster than a person, slow enough to be alone. */
const EDITS_APART = 30;
const LOOKS_APART = 400;

export async function run({ quick }) {
  await build();
  await must("cargo", ["build", "--release", "-p", "wedsync-hub"]);
  const folder = mkdtempSync(join(tmpdir(), "wedsync-bench-"));
  const contexts = [];
  let hub;
  try {
    const www = join(folder, "www");
    cpSync(join(root, "dist"), join(www, "core"), { recursive: true });
    for (const file of ["index.html", "page.js"]) cpSync(join(root, "bench/together", file), join(www, file));
    hub = await Hub.start({ www, binary: join(targetDir, "release", "wedsync-hub") });
    const device = async (role) => {
      const { chromium: executablePath } = findBrowser();
      if (!executablePath) throw new Problem("Chromium is needed: sudo apt-get install -y chromium, or set CHROMIUM.");
      const context = await chromium.launchPersistentContext(join(folder, role), { executablePath, args: ["--no-sandbox", "--disable-gpu"] });
      contexts.push(context);
      const page = await context.newPage();
      await page.goto(`${hub.origin}/`);
      const shifts = await page.evaluate(([code, title]) => device.open(code, title), [hub.codes[role], EVENT]);
      return { page, shifts };
    };
    const a = await device("owner");
    const b = await device("coordinator");
    return await measure(a, b, quick ? 50 : 300, quick ? 15 : 60);
  } finally {
    for (const context of contexts) await context.close();
    await hub?.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(a, b, edits, looks) {
  const [shift] = a.shifts;
  const texts = Array.from({ length: WARM_UP + edits }, (_, i) => `Bring gloves, and ${i} cups`);
  const [made, seen] = await Promise.all([
    a.page.evaluate(([shift, texts, apart]) => device.edit(shift, texts, apart), [shift, texts, EDITS_APART]),
    b.page.evaluate(([shift, texts]) => device.watch(shift, texts), [shift, texts]),
  ]);
  const visited = Array.from({ length: WARM_UP + looks }, (_, i) => a.shifts[i % a.shifts.length]);
  const [looked, noticed] = await Promise.all([
    a.page.evaluate(([visited, apart]) => device.look(visited, apart), [visited, LOOKS_APART]),
    b.page.evaluate((visited) => device.watchPeers(visited), visited),
  ]);
  const raw = await a.page.evaluate((runs) => device.put(runs), WARM_UP + edits);
  return [
    ...rows("propagate", "wedsync", "edit at A to saved at A", made.map(({ asked, saved }) => saved - asked)),
    ...rows("propagate", "wedsync", "edit at A to stored, as A hears it", made.map(({ asked, stored }) => stored - asked)),
    ...rows("propagate", "wedsync", "edit at A to view at B", made.map(({ asked }, i) => seen[i] - asked)),
    ...rows("propagate", "raw", "one strict transaction", raw),
    ...rows("presence", "wedsync", "A looks elsewhere to B sees it", looked.map((asked, i) => noticed[i] - asked)),
  ];
}

function rows(workload, system, metric, all) {
  const times = all.slice(WARM_UP).sort((x, y) => x - y);
  const percentile = (percent) => times[Math.ceil((times.length * percent) / 100) - 1];
  const row = (percent) => ({ workload, system, metric: `${metric}, p${percent}`, value: percentile(percent), unit: "ms", runs: times.length });
  return [50, 95, 99].map(row);
}

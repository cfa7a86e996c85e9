// What the systems start from: made once from a season and kept in the target folder, because 100,000 edits take a while.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Problem, must, say, targetDir } from "../../scripts/run.mjs";
import { filesUnder, hashOf } from "../../scripts/stamp.mjs";
import { commands } from "./season.mjs";
import { documentPerEvent, oneDocument } from "./yjs-season.mjs";

const GENERATORS = ["bench/lib/season.mjs", "bench/lib/yjs-season.mjs", "bench/lib/fixtures.mjs"];
const HUB = ["bench/season", "domain/src", "domain/data", "protocol/src", "server/src"];
export const ORG = "bench";
/** `user-0` made the season; the devices are of these. */
export const MEMBERS = 4;

/** Paths and bytes of a season for each system. */
export async function fixture(season) {
  const folder = join(targetDir, "bench");
  mkdirSync(folder, { recursive: true });
  const hub = join(folder, `hub-${season.name}-${hashOf(filesUnder([...GENERATORS, ...HUB])).slice(0, 12)}`);
  const yjs = join(folder, `yjs-${season.name}-${hashOf(filesUnder(GENERATORS)).slice(0, 12)}`);
  await make(hub, (to) => writeHub(season, to));
  await make(yjs, (to) => writeYjs(season, to));
  return { season, hub, yjs };
}

/** Through another name, so that what was interrupted is not taken for whole. */
async function make(folder, write) {
  if (existsSync(folder)) return;
  const half = `${folder}.half`;
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { recursive: true });
  await write(half);
  renameSync(half, folder);
}

async function writeHub(season, data) {
  say(`Writing ${season.name} into a hub's database`);
  await must("cargo", ["build", "--release", "-p", "wedsync-bench-season"]);
  const args = [data, ORG, String(MEMBERS)];
  const child = spawn(join(targetDir, "release", "wedsync-bench-season"), args, { stdio: ["pipe", "inherit", "inherit"] });
  const end = once(child, "close");
  // A child that ends early says why itself.
  await pipeline(Readable.from(lines(season)), child.stdin).catch(() => {});
  const [code] = await end;
  if (code !== 0) throw new Problem(`The season could not be written (exit code ${code}); the reason is above.`);
}

function* lines(season) {
  let chunk = "";
  for (const command of commands(season)) {
    chunk += `${JSON.stringify(command)}\n`;
    if (chunk.length < 65536) continue;
    yield chunk;
    chunk = "";
  }
  yield chunk;
}

async function writeYjs(season, to) {
  say(`Writing ${season.name} into Yjs documents`);
  writeFileSync(join(to, "one"), oneDocument(season));
  mkdirSync(join(to, "events"));
  for (const [id, update] of documentPerEvent(season)) writeFileSync(join(to, "events", id), update);
}

/** The updates of a season by the name of their document. */
export function yjsDocuments({ yjs }, perEvent) {
  if (!perEvent) return new Map([["season", readFileSync(join(yjs, "one"))]]);
  return new Map(readdirSync(join(yjs, "events")).map((id) => [id, readFileSync(join(yjs, "events", id))]));
}

/** The plan as it stands after all edits, as plain rows: what is put into stores that keep no history. */
export function rowsOf(season) {
  const rows = new Map(season.events.flatMap((event) => event.assignments.map((row) => [row.id, { event: event.id, ...row }])));
  for (const { assignment, set } of season.edits()) Object.assign(rows.get(assignment), set);
  return [...rows.values()];
}

/** A short name of some content, for what must not be taken for another. */
export const digest = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 12);

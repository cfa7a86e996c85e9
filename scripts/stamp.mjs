// Skips work whose inputs have not changed: a stamp holds the hash of what was read to make an output.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { root } from "./run.mjs";

const STAMPS = join(root, "node_modules", ".cache", "wedsync");
const IGNORED = new Set(["node_modules", "dist", "target"]);

/** All files under the paths (relative to the root), sorted; folders that hold outputs are left out. */
export function filesUnder(paths, ignored = IGNORED) {
  const found = [];
  const visit = (path) => {
    if (!existsSync(path)) return;
    if (!statSync(path).isDirectory()) return void found.push(path);
    for (const name of readdirSync(path)) if (!ignored.has(name)) visit(join(path, name));
  };
  for (const path of paths) visit(join(root, path));
  return found.sort();
}

/** A hash over names and contents. */
export function hashOf(files, salt = "") {
  const hash = createHash("sha256").update(salt);
  for (const file of files) {
    hash.update(relative(root, file).split(sep).join("/")).update("\0");
    hash.update(createHash("sha256").update(readFileSync(file)).digest());
  }
  return hash.digest("hex");
}

/** Runs `make` unless the outputs exist and were made from the same inputs. Returns whether it ran. */
export async function whenChanged(name, { hash, outputs }, make) {
  const stamp = join(STAMPS, name);
  const fresh =
    outputs.every((path) => existsSync(join(root, path))) && existsSync(stamp) && readFileSync(stamp, "utf8") === hash;
  if (fresh) return false;
  await make();
  mkdirSync(STAMPS, { recursive: true });
  writeFileSync(stamp, hash);
  return true;
}

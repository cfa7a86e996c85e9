// What one durable commit costs a server on this machine: a row in SQLite, with the write-ahead log and an fsync each.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";

export async function timedCommits(commits, apart) {
  const folder = mkdtempSync(join(tmpdir(), "wedsync-bench-commit-"));
  const db = new Database(join(folder, "commits.sqlite"));
  try {
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = FULL");
    db.exec("CREATE TABLE edits (n INTEGER PRIMARY KEY, data BLOB NOT NULL)");
    const put = db.prepare("INSERT INTO edits (data) VALUES (?)");
    const times = [];
    for (let n = 0; n < commits; n++) {
      const start = performance.now();
      put.run(Buffer.alloc(300, n));
      times.push(performance.now() - start);
      await sleep(apart);
    }
    return times;
  } finally {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

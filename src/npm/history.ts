import { call } from "./api.js";
import type { Core } from "./core.js";
import { toError, WedSyncError } from "./errors.js";
import type { HistoryEntry } from "./generated/domain.js";

/** What is asked for: all of it that one may read, where nothing is said. */
export interface HistoryOptions {
  event?: string;
  /** A shift of `event`, and who is on it. */
  assignment?: string;
  /** A helper's own facts, and the shifts they are on. */
  helper?: string;
  /** A member: only their edits. */
  by?: string;
  /** One edit, by its uuid, with all its changes: of large ones a page has a part. */
  edit?: string;
  /** `next` of the page before. */
  before?: string;
  /** Entries of a page, 1 to 100; 50 by itself. */
  limit?: number;
  /**
   * Where from. By itself the hub, and where it cannot be reached the device, which keeps the latest page of what was
   * looked at. `device` asks only that, and answers at once.
   */
  from?: "device";
}

export interface HistoryPage {
  /** The newest first. On the first page the edits that wait on this device stand on top, with the state `saved`. */
  entries: HistoryEntry[];
  /** Asks for the next page, as `before`; null where there is none. */
  next: string | null;
  /** When the hub answered, in milliseconds since 1970; null where the device has kept nothing of it. */
  asOf: number | null;
  source: "hub" | "device";
}

export interface HistoryHost {
  hub: string;
  credential(): Promise<string>;
  /** Calls the core, or throws. */
  need<T>(call: (core: Core) => T): T;
  call<T>(call: (core: Core) => Promise<T>): Promise<T>;
}

interface Answer {
  entries: unknown[];
  next: string | null;
  at_ms: number;
}

/** How long the hub may take before the device answers. */
const LIMIT_MS = 8_000;
/** A page can come back empty where there is more further down: so often it is looked for at once. */
const TURNS = 20;

/** A page of who changed what. */
export async function history(host: HistoryHost, options: HistoryOptions): Promise<HistoryPage> {
  const { event, assignment, helper, by, edit, before, from } = options;
  const subject = defined({ event, assignment, helper, by });
  const words = (page: string) => host.need((core) => core.history_entries(subject, page, before === undefined && !edit));
  if (from !== "device") {
    try {
      const answer = await ask(host, options);
      const text = JSON.stringify(answer);
      // Best effort: without room for it there is just nothing to look at offline.
      if (!by && !edit && !before) await host.call((core) => core.keep_history(subject, text)).catch(() => {});
      return { entries: words(text), next: answer.next, asOf: answer.at_ms, source: "hub" };
    } catch (error) {
      const { code } = toError(error);
      // Only the latest is kept here: who asks for more hears that it needs a network.
      if ((code !== "unreachable" && code !== "try_later") || before || edit) throw error;
    }
  }
  if (before || edit) throw new WedSyncError("invalid", "'from': 'device' has the first page only.", "from");
  const kept = await host.call((core) => core.kept_history(subject));
  const page: Answer = kept === undefined ? { entries: [], next: null, at_ms: 0 } : (JSON.parse(kept) as Answer);
  // A page of one person's edits has cursors of its own.
  const next = by ? null : page.next;
  return { entries: words(JSON.stringify(page)), next, asOf: kept === undefined ? null : page.at_ms, source: "device" };
}

async function ask(host: HistoryHost, { from: _, ...options }: HistoryOptions): Promise<Answer> {
  const credential = await host.credential();
  let answer: Answer | undefined;
  for (let turn = 0; turn < TURNS; turn += 1) {
    const query = new URLSearchParams(defined({ ...options, limit: options.limit?.toString() }));
    if (answer?.next) query.set("before", answer.next);
    answer = await call<Answer>(host.hub, "GET", `/v1/history?${query}`, { credential, limitMs: LIMIT_MS });
    if (answer.entries.length > 0 || answer.next === null) break;
  }
  return answer as Answer;
}

/** Without what is not said. */
function defined(values: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

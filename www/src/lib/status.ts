/** The status line: one short sentence that is always true, with the tone that colours its mark. */
import type { Status } from "@wedsync/core";
import { plural } from "./state";
import { clockAndAge } from "./time";

/** Younger than this, nobody would call it old. */
const STALE_AFTER_MS = 60_000;

export type Tone = "calm" | "waiting" | "warn" | "bad";
export interface StatusLine {
  tone: Tone;
  text: string;
  /** What a person should know beyond it, for the panel. */
  detail: string;
}

export type StatusFacts = Pick<
  Status, "connection" | "pending" | "refused" | "storage" | "syncedAt" | "backgroundSync" | "wiped" | "network"
>;

/** The worst news first: what cannot be saved, then what cannot be sent, then what was refused. */
export function statusLine(s: StatusFacts): StatusLine {
  const waiting = s.pending > 0 ? ` · ${plural(s.pending, "edit")} saved here` : "";
  const refused = s.refused > 0 ? ` · ${s.refused} refused` : "";
  if (s.storage) {
    return { tone: "bad", text: `Cannot save: ${s.storage.message}`, detail: "Nothing new can be saved on this device until this is mended." };
  }
  if (s.connection === "signed_out") {
    return { tone: "bad", text: `Signed out${waiting}${refused}`, detail: "The hub no longer accepts this device. Sign in again by a link to send what waits." };
  }
  if (s.connection === "unsupported") {
    return { tone: "bad", text: `Update needed${waiting}${refused}`, detail: "The hub does not speak this version. Reload to get the new one; your edits are kept." };
  }
  if (s.wiped) {
    return { tone: "warn", text: `Fetching the plan again${refused}`, detail: "The browser deleted this device's copy of the plan. It is being filled again from the hub." };
  }
  if (s.connection === "offline") {
    return { tone: s.refused > 0 ? "warn" : "waiting", text: `Offline${waiting}${refused}`, detail: offlineDetail(s) };
  }
  if (s.connection === "connecting") {
    return { tone: s.refused > 0 ? "warn" : "waiting", text: `Connecting…${waiting}${refused}`, detail: offlineDetail(s) };
  }
  if (s.pending > 0) {
    return { tone: s.refused > 0 ? "warn" : "waiting", text: `Sending ${s.pending}…${refused}`, detail: "Each edit is stored once the hub has answered." };
  }
  if (s.refused > 0) {
    return { tone: "warn", text: `${s.refused} refused`, detail: "These edits could not stand. Everything else is stored." };
  }
  return { tone: "calm", text: "All stored", detail: "Every edit of this device is stored at the hub." };
}

/** How old what one looks at is, where it is not up to date. */
export function staleness({ connection, syncedAt }: Pick<Status, "connection" | "syncedAt">, now: number): string | null {
  if (connection === "online" || syncedAt === null || now - syncedAt < STALE_AFTER_MS) return null;
  return `Plan as of ${clockAndAge(syncedAt, now)}`;
}

/** Why edits wait, for a place that speaks of nothing else. */
export function waitingDetail(s: StatusFacts): string {
  return canSend(s) ? offlineDetail(s) : statusLine(s).detail;
}

/** Whether the hub takes edits of this device, once it can be reached. */
export function canSend({ connection }: Pick<Status, "connection">): boolean {
  return connection !== "signed_out" && connection !== "unsupported";
}

export function offlineDetail(s: Pick<Status, "pending" | "backgroundSync">): string {
  if (s.pending === 0) return "You see the plan as it was last fetched. Edits you make are saved here and sent later.";
  const wait = s.pending === 1 ? "1 edit waits" : `${s.pending} edits wait`;
  return s.backgroundSync === "available"
    ? `${wait} on this device. This browser sends in the background as soon as there is a network.`
    : `This browser cannot send in the background: ${wait} until you open the app again with a network.`;
}

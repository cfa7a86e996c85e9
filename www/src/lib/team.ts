/** Who has the plan: words for devices, and who is on a shift without having seen it. */
import type { Assignment, DeviceState, EventSummary, MemberState, TeamState } from "@wedsync/core";
import { addDays, clockAndAge, dateOf } from "./time";

/** Who has not been here for so long may not know what was changed since. */
const STALE_MS = 24 * 3_600_000;
/** So long before an event it is told. */
const DAYS_BEFORE = 7;

export interface Words {
  tone: "good" | "warn" | "plain";
  text: string;
}

export function deviceWords(device: DeviceState, now: number): Words {
  if (device.behind) return { tone: "warn", text: "here now, still fetching" };
  if (device.here) return { tone: "good", text: "here now" };
  if (device.lastSeenAt === null) return { tone: "warn", text: "never synced" };
  const isOld = now - device.lastSeenAt > STALE_MS;
  return { tone: isOld ? "warn" : "plain", text: `last synced ${clockAndAge(device.lastSeenAt, now)}` };
}

/** When a member last had the plan; null where they never had. */
export function lastSynced({ here, devices }: MemberState, now: number): number | null {
  if (here) return now;
  return devices[0]?.lastSeenAt ?? null;
}

/** Whether it is told now who will come without the plan. */
export function isNear(event: EventSummary, today: string): boolean {
  return !event.archived && event.last_day >= today && event.first_day <= addDays(today, DAYS_BEFORE);
}

export interface Unready {
  helper: string;
  /** Null where they have no account: they hear of the plan in another way. */
  words: string | null;
}

/** Who holds a shift from `today` on, and has not synced for a day, in the order of the shifts. */
export function unready(shifts: readonly Assignment[], { members, now }: TeamState, today: string): Unready[] {
  const member = new Map(members.flatMap((m) => (m.helper ? [[m.helper, m] as const] : [])));
  const holding = new Set<string>();
  for (const shift of shifts) {
    if (shift.status === "cancelled" || dateOf(shift.end) < today) continue;
    for (const { helper, status } of shift.assigned) if (status !== "declined") holding.add(helper);
  }
  return [...holding].flatMap((helper): Unready[] => {
    const found = member.get(helper);
    if (!found) return [{ helper, words: null }];
    const at = lastSynced(found, now);
    if (at === null) return [{ helper, words: "never synced" }];
    return now - at > STALE_MS ? [{ helper, words: `last synced ${clockAndAge(at, now)}` }] : [];
  });
}

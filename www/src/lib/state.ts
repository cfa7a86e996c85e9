/** The words and marks for states. Colour only repeats what shape and text say. */
import type { Assigned, Assignment, Role } from "@wedsync/core";

export type AssignedStatus = Assigned["status"];
export type Staffing = "short" | "ok" | "full" | "cancelled";

export function staffing(a: Pick<Assignment, "status" | "taken" | "helpers_min" | "helpers_max">): Staffing {
  if (a.status === "cancelled") return "cancelled";
  if (a.taken < a.helpers_min) return "short";
  return a.taken >= a.helpers_max ? "full" : "ok";
}

/** `2/3–4` */
export function figures(a: Pick<Assignment, "taken" | "helpers_min" | "helpers_max">): string {
  const wanted = a.helpers_min === a.helpers_max ? `${a.helpers_max}` : `${a.helpers_min}–${a.helpers_max}`;
  return `${a.taken}/${wanted}`;
}

export function staffingWords(a: Pick<Assignment, "status" | "taken" | "helpers_min" | "helpers_max">): string {
  switch (staffing(a)) {
    case "cancelled": return "Cancelled";
    case "short": return `${a.helpers_min - a.taken} short`;
    case "ok": return "Enough";
    case "full": return "Full";
  }
}

export const STATUS_WORDS: Record<AssignedStatus, string> = {
  assigned: "asked",
  accepted: "accepted",
  declined: "declined",
  checked_in: "checked in",
  completed: "done",
};

export const ROLE_WORDS: Record<Role, string> = {
  owner: "Owner",
  coordinator: "Coordinator",
  helper: "Helper",
  viewer: "Viewer",
};

export const plans = (role: Role): boolean => role === "owner" || role === "coordinator";

export function plural(n: number, one: string, many: string = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

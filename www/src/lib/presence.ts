/** Who else is here, in words. */
import type { Peer } from "@wedsync/core";

export const others = (peers: readonly Peer[]): Peer[] => peers.filter((peer) => !peer.self);

/** `AB` for "Anna Berg", `An` for "Anna". */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = [...(words[0] ?? "?")];
  const last = words.length > 1 ? [...(words.at(-1) ?? "")] : [];
  return last[0] ? `${first[0] ?? ""}${last[0]}`.toUpperCase() : `${(first[0] ?? "").toUpperCase()}${first[1] ?? ""}`;
}

/** "Anna", "Anna and Ben", "Anna, Ben and 2 more". */
export function listed(names: readonly string[]): string {
  const [first = "", second, third] = names;
  if (second === undefined) return first;
  if (third === undefined) return `${first} and ${second}`;
  return `${first}, ${second} and ${names.length - 2} more`;
}

/** The names of those who look at each shift. */
export function lookers(peers: readonly Peer[]): Map<string, string> {
  const names = new Map<string, string[]>();
  for (const peer of others(peers)) {
    for (const shift of new Set(peer.states.map((state) => state.assignment))) {
      if (shift) names.set(shift, [...(names.get(shift) ?? []), peer.name]);
    }
  }
  return new Map([...names].map(([shift, all]) => [shift, listed(all)]));
}

/** Who is editing a field of a shift; a cursor in its note is shown there. */
export function editors(peers: readonly Peer[], shift: string, field: string): string[] {
  return others(peers)
    .filter((peer) => peer.states.some((state) => state.assignment === shift && state.field === field && !state.cursor))
    .map((peer) => peer.name);
}

/** What a receipt says, in words. */
import type { Replaced } from "@wedsync/core";

/** Such as: Replaced Olivia’s title “Tea”. The receipt itself names the person, so it reads the same offline. */
export function replacedWords({ field, value, by, by_name }: Replaced, me: string): string {
  const whose = by === me ? "your own" : by_name ? `${by_name}’s` : "somebody else’s";
  const what = field.replaceAll("_", " ");
  const text = Array.isArray(value) ? value.join(", ") : String(value ?? "");
  return text === "" ? `Replaced ${whose} emptied ${what}` : `Replaced ${whose} ${what} “${text}”`;
}

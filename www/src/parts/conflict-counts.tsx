/** How many conflicts an event has, by severity, and the way to them. */
import type { EventHandle } from "@wedsync/core";
import { type Counts as CountsBySeverity, counts, isOpenPlace } from "../lib/conflicts";
import { plural } from "../lib/state";
import { href } from "../router";
import { useConflicts } from "../workspace";
import { Live } from "./live";
import { SeverityMark } from "./severity";

export function ConflictCounts({ event, query }: { event: EventHandle; query: URLSearchParams }) {
  const all = useConflicts(event).filter((c) => !isOpenPlace(c));
  const by = counts(all);
  const less = by.soft + by.info;
  const to = href(["event", event.id], { ...Object.fromEntries(query), shift: null, panel: "conflicts" });
  const words = all.length === 0 ? "No conflicts" : `Conflicts: ${by.hard} impossible, ${plural(by.medium, "problem")}, ${plural(less, "small matter")}`;
  return (
    <>
      <Live text={words} />
      {all.length === 0 ? null : <Counts by={by} less={less} to={to} />}
    </>
  );
}

function Counts({ by, less, to }: { by: CountsBySeverity; less: number; to: string }) {
  return (
    <a className="conflict-counts" href={to}>
      <span className="visually-hidden">Conflicts: </span>
      {by.hard > 0 ? <SeverityMark severity="hard">{by.hard} impossible</SeverityMark> : null}{" "}
      {by.medium > 0 ? <SeverityMark severity="medium">{plural(by.medium, "problem")}</SeverityMark> : null}{" "}
      {by.hard + by.medium === 0 ? <SeverityMark severity="soft">{plural(less, "small matter")}</SeverityMark> : null}
    </a>
  );
}

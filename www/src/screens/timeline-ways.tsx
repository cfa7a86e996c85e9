/** The time round a row's shifts: preparation and tear-down hatched, and a line for the way to the next one. */
import type { Leg } from "@wedsync/core";
import type { CSSProperties } from "react";
import type { Block } from "../lib/rows";
import type { Placed } from "../lib/timeline";

/** Pixels between two blocks in which the minutes can be written out. */
const ROOM = 44;

interface Props {
  blocks: readonly Placed<Block>[];
  legs: readonly Leg[] | undefined;
  /** The block that is being moved elsewhere. */
  hidden: string | null;
  x: (minute: number) => number;
}

export function TimelineWays({ blocks, legs, hidden, x }: Props) {
  const shown = blocks.filter((b) => b.key !== hidden && b.shift.status !== "cancelled");
  const at = (lane: number, from: number, to: number) =>
    ({ left: x(from), width: x(to) - x(from), "--lane": lane }) as CSSProperties;
  return (
    <>
      {shown.map(({ key, shift, lane, from, to, before, after }) => (
        <span key={key} aria-hidden>
          {shift.preparation > 0 && !before ? <span className="buffer" style={at(lane, from - shift.preparation, from)} /> : null}
          {shift.tear_down > 0 && !after ? <span className="buffer" style={at(lane, to, to + shift.tear_down)} /> : null}
        </span>
      ))}
      {legs?.map((leg) => {
        // From the end of the shift before; where that is another event's, up to the shift here.
        const before = shown.find((b) => b.shift.id === leg.from.assignment);
        const next = shown.find((b) => b.shift.id === leg.to.assignment);
        const from = before ? before.to : next ? next.from - leg.minutes : null;
        if (from === null || before?.after) return null;
        const isTight = leg.gap < leg.minutes;
        const hasRoom = x(leg.gap) - x(0) >= ROOM;
        return (
          <span key={leg.from.assignment} className={`way${isTight ? " way-tight" : ""}`} aria-hidden style={at(before?.lane ?? next?.lane ?? 0, from, from + leg.minutes)}>
            <small className="num">{leg.is_known ? "" : "~"}{leg.minutes}{hasRoom ? " min" : "′"}</small>
          </span>
        );
      })}
    </>
  );
}

/** What filling the gaps would do: how many places, whom, and which stay open and why. */
import type { EventHandle, FillPlan } from "@wedsync/core";
import { useMemo } from "react";
import { scoreWords } from "../lib/conflicts";
import { plural } from "../lib/state";
import { dateOf, shortDay, span } from "../lib/time";
import { Mark } from "../parts/controls";
import { useNames, useStore } from "../workspace";

const SHOWN = 50;

export function FillPreview({ event, plan }: { event: EventHandle; plan: FillPlan }) {
  const names = useNames();
  const shifts = useStore(event.assignments);
  const byId = useMemo(() => new Map(shifts.map((a) => [a.id, a])), [shifts]);
  const by = useMemo(() => {
    const posts = new Map<string, string[]>();
    for (const { assignment, helper } of plan.assign) posts.set(assignment, [...(posts.get(assignment) ?? []), names.helper(helper)]);
    return [...posts];
  }, [plan, names]);
  const missing = plan.open.reduce((sum, open) => sum + open.missing, 0);
  const helpers = new Set(plan.assign.map((post) => post.helper)).size;
  const score = scoreWords(plan.before, plan.after);
  return (
    <>
      <div role="status">
        <p className="lead num"><strong>{plural(plan.assign.length, "place")}</strong> can be filled, by {plural(helpers, "helper")}.</p>
        {missing > 0 ? <Mark tone="warn">{plural(missing, "place")} stay{missing === 1 ? "s" : ""} open</Mark> : <Mark tone="good">No place stays open</Mark>}
        {score ? <p className="hint num">{score}</p> : null}
      </div>
      {plan.open.length > 0 ? (
        <details className="fold" open={plan.assign.length === 0}>
          <summary>What stays open, and why <span className="count">{plan.open.length}</span></summary>
          <ul className="rows">{plan.open.slice(0, SHOWN).map((open) => <li key={open.assignment} className="row"><span>{open.text}</span></li>)}</ul>
          {plan.open.length > SHOWN ? <p className="hint">and {plural(plan.open.length - SHOWN, "more shift")}</p> : null}
        </details>
      ) : null}
      {by.length > 0 ? (
        <details className="fold">
          <summary>Who comes where <span className="count">{by.length}</span></summary>
          <ul className="rows">
            {by.slice(0, SHOWN).map(([id, people]) => {
              const shift = byId.get(id);
              return (
                <li key={id} className="row">
                  <span className="grow">
                    <strong>{shift?.title ?? "Shift"}</strong>
                    {shift ? <small className="num">{shortDay(dateOf(shift.start))} {span(shift.start, shift.end)}</small> : null}
                    <span>{people.join(", ")}</span>
                  </span>
                </li>
              );
            })}
          </ul>
          {by.length > SHOWN ? <p className="hint">and {plural(by.length - SHOWN, "more shift")}</p> : null}
        </details>
      ) : null}
    </>
  );
}

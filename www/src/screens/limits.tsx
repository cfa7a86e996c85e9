/** How much a helper may be planned, how much they wish, and what they like. */
import type { Fields, Limits as LimitsOf } from "@wedsync/core";
import { useState } from "react";
import { ToggleButton, ToggleButtonGroup } from "react-aria-components";
import { length } from "../lib/time";
import { Action, Empty } from "../parts/controls";
import { SaveDuration, SaveNumber } from "../parts/save-amount";
import { Sheet } from "../parts/sheet";
import { errorInfo, useStore, useWorkspace, watch } from "../workspace";

interface Props {
  helper: string;
  limits: LimitsOf;
}

export function LimitsSection({ helper, limits }: Props) {
  const ws = useWorkspace();
  const rules = useStore(ws.rules);
  const save = (field: keyof LimitsOf) => (value: number | null) =>
    ws.do({ type: "update_limits", helper, set: { [field]: value } as Fields });
  const forAll = (value: number | null, words: (n: number) => string = length) => (value === null ? null : `For everybody: ${words(value)}`);
  return (
    <section aria-labelledby="limits">
      <h2 id="limits">Limits</h2>
      <p className="hint">Empty: no limit but the rules for everybody.</p>
      <div className="rows">
        <SaveDuration label="At most in a day" value={limits.day_max} hint={forAll(rules.day_legal)} save={save("day_max")} />
        <SaveDuration label="At most in a week" value={limits.week_max} hint={forAll(rules.week_legal)} save={save("week_max")} />
        <SaveDuration label="At most in seven days on end" value={limits.rolling_max} hint={forAll(rules.rolling_legal)} save={save("rolling_max")} />
        <SaveDuration label="Wished in a week" value={limits.week_target} save={save("week_target")} />
        <SaveDuration label="Rest between shifts" value={limits.rest} hint={forAll(Math.max(rules.rest ?? 0, rules.rest_legal ?? 0) || null)} save={save("rest")} />
        <SaveNumber label="Days in a row" unit="days" value={limits.days_in_row} hint={forAll(rules.days_in_row, (n) => `${n} days`)} save={save("days_in_row")} />
      </div>
    </section>
  );
}

export function Wishes({ helper, limits }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <section aria-labelledby="wishes">
      <h2 id="wishes">Teams and roles</h2>
      <div className="row">
        <span className="grow">
          <span><strong>Likes</strong> {limits.likes.join(", ") || "–"}</span>
          <span><strong>Rather not</strong> {limits.avoids.join(", ") || "–"}</span>
        </span>
        <Action label="Change teams and roles" onPress={() => setOpen(true)}>Change</Action>
      </div>
      {open ? <WishesSheet helper={helper} limits={limits} onClose={() => setOpen(false)} /> : null}
    </section>
  );
}

type Wish = "likes" | "avoids";

function WishesSheet({ helper, limits, onClose }: Props & { onClose: () => void }) {
  const ws = useWorkspace();
  const [wishes, setWishes] = useState(
    () => new Map<string, Wish>([...limits.likes.map((w) => [w, "likes"] as const), ...limits.avoids.map((w) => [w, "avoids"] as const)]),
  );
  // What is chosen already comes first. As it was when the sheet was opened: the list must not move under the thumb.
  const [words] = useState(() => {
    const shifts = ws.events.get().filter((e) => !e.archived).flatMap((e) => ws.event(e.id).assignments.get());
    const all = new Set([...wishes.keys(), ...shifts.flatMap((s) => [s.team, s.role])].filter(Boolean));
    return [...all].sort((a, b) => Number(wishes.has(b)) - Number(wishes.has(a)) || a.localeCompare(b));
  });
  const [error, setError] = useState<string | null>(null);
  const choose = (word: string, wish: Wish | undefined) => {
    const next = new Map(wishes);
    if (wish) next.set(word, wish);
    else next.delete(word);
    setWishes(next);
  };
  const save = async () => {
    const of = (wish: Wish) => [...wishes].filter(([, w]) => w === wish).map(([word]) => word);
    try {
      watch(await ws.do({ type: "update_limits", helper, set: { likes: of("likes"), avoids: of("avoids") } }));
      onClose();
    } catch (failure) {
      setError(errorInfo(failure).message);
    }
  };
  return (
    <Sheet title="Teams and roles" isOpen onClose={onClose} foot={<Action kind="main" onPress={() => void save()}>Save</Action>}>
      {error ? <p className="field-error" role="alert">{error}</p> : null}
      {words.length === 0 ? <Empty>The shifts have no teams and roles yet.</Empty> : null}
      <ul className="rows">
        {words.map((word) => (
          <li key={word} className="row">
            <span className="grow">{word}</span>
            <ToggleButtonGroup
              className="row-actions" aria-label={word} selectionMode="single" selectedKeys={wishes.has(word) ? [wishes.get(word) as Wish] : []}
              onSelectionChange={([key]) => choose(word, key as Wish | undefined)}
            >
              <ToggleButton id="likes" className="toggle">Likes</ToggleButton>
              <ToggleButton id="avoids" className="toggle">Rather not</ToggleButton>
            </ToggleButtonGroup>
          </li>
        ))}
      </ul>
    </Sheet>
  );
}

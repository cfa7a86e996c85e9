/** Rules for everybody: what the law and the team ask for. Planners change them. */
import type { RuleSet } from "@wedsync/core";
import { ArrowLeft } from "lucide-react";
import { length } from "../lib/time";
import { SaveDuration, SaveNumber } from "../parts/save-amount";
import { Title } from "../parts/shell";
import { href } from "../router";
import { useMay, useStore, useWorkspace } from "../workspace";

type Rule = { field: keyof RuleSet; label: string; unit?: string };

const LAW: readonly Rule[] = [
  { field: "day_legal", label: "At most in a day" },
  { field: "week_legal", label: "At most in a week" },
  { field: "rolling_legal", label: "At most in seven days on end" },
  { field: "rest_legal", label: "Rest between shifts" },
];
const TEAM: readonly Rule[] = [
  { field: "rest", label: "Rest between shifts" },
  { field: "days_in_row", label: "Days in a row", unit: "days" },
  { field: "margin", label: "Spare time on each journey" },
  { field: "stale_after", label: "An imported calendar is believed for", unit: "days" },
];

export function RulesScreen() {
  return (
    <div className="page stack">
      <a className="back" href={href(["me"])}><ArrowLeft aria-hidden size={20} /> Me</a>
      <Title>Rules for everybody</Title>
      <p>They say what counts as a conflict, for every helper. Empty: no rule.</p>
      <Rules title="The law" id="law" rules={LAW} />
      <Rules title="The team" id="team" rules={TEAM} />
    </div>
  );
}

function Rules({ title, id, rules }: { title: string; id: string; rules: readonly Rule[] }) {
  const ws = useWorkspace();
  const now = useStore(ws.rules);
  const may = useMay();
  const save = (field: keyof RuleSet) => (value: number | null) => ws.do({ type: "update_rules", set: { [field]: value } });
  const words = (value: number | null, unit?: string) => (value === null ? "–" : unit ? `${value} ${unit}` : length(value));
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <div className="rows">
        {rules.map(({ field, label, unit }) => {
          const shared = { label, value: now[field], save: save(field) };
          if (!may.plan) return <p key={field} className="row"><span className="grow">{label}</span><span className="num">{words(now[field], unit)}</span></p>;
          return unit ? <SaveNumber key={field} {...shared} unit={unit} /> : <SaveDuration key={field} {...shared} />;
        })}
      </div>
    </section>
  );
}

/** What is wrong with an event, the worst first, with what could help. */
import type { Conflict, ConflictKind, EventHandle, Severity } from "@wedsync/core";
import { useMemo, useState } from "react";
import { ToggleButton } from "react-aria-components";
import { KIND_WORDS, SEVERITIES, SEVERITY_WORDS, counts, isOpenPlace } from "../lib/conflicts";
import { plural } from "../lib/state";
import { Action, Choice, Empty } from "../parts/controls";
import { Panel } from "../parts/panel";
import { SeverityIcon } from "../parts/severity";
import { useConflicts, useStore } from "../workspace";
import { ConflictItem } from "./conflict-item";

/** As many as a person reads in a row; the rest on demand, so that the panel opens at once. */
const SHOWN = 50;
const ANY = "any";

interface Props {
  event: EventHandle;
  wide: boolean;
  onClose: () => void;
  onOpen: (shift: string) => void;
}

export function ConflictsPanel({ event, wide, onClose, onOpen }: Props) {
  const all = useConflicts(event);
  const conflicts = useMemo(() => all.filter((c) => !isOpenPlace(c)), [all]);
  const open = useStore(event.summary)?.open_places ?? 0;
  return (
    <Panel title="Conflicts" wide={wide} onClose={onClose}>
      <div className="stack">
        {conflicts.length === 0 ? <Empty>No conflicts. {open > 0 ? `${plural(open, "place")} ${open === 1 ? "is" : "are"} still open.` : ""}</Empty> : null}
        {conflicts.length > 0 ? <ConflictList event={event} conflicts={conflicts} onOpen={onOpen} /> : null}
      </div>
    </Panel>
  );
}

interface ListProps {
  event: EventHandle;
  conflicts: readonly Conflict[];
  onOpen: (shift: string) => void;
}

function ConflictList({ event, conflicts, onOpen }: ListProps) {
  const [severity, setSeverity] = useState<Severity | null>(null);
  const [kind, setKind] = useState<ConflictKind | typeof ANY>(ANY);
  const [shown, setShown] = useState(SHOWN);
  const by = counts(conflicts);
  const kinds = useMemo(() => kindsOf(conflicts), [conflicts]);
  const matching = conflicts.filter((c) => (severity === null || c.severity === severity) && (kind === ANY || c.kind === kind));
  return (
    <>
      <div className="chips" role="group" aria-label="Show only">
        {SEVERITIES.filter((s) => by[s] > 0).map((s) => (
          <ToggleButton key={s} className="toggle" isSelected={severity === s} onChange={(on) => setSeverity(on ? s : null)}>
            <SeverityIcon severity={s} /> {SEVERITY_WORDS[s]} <span className="num">{by[s]}</span>
          </ToggleButton>
        ))}
      </div>
      {kinds.length > 1 ? (
        <Choice
          label="Kind"
          options={[{ id: ANY, label: "All kinds" }, ...kinds.map(([id, n]) => ({ id, label: `${KIND_WORDS[id]} (${n})` }))]}
          value={kind}
          onChange={setKind}
        />
      ) : null}
      {matching.length === 0 ? <Empty>None of this kind. Choose another.</Empty> : null}
      <ul className="rows">
        {matching.slice(0, shown).map((c) => <li key={c.id}><ConflictItem conflict={c} event={event.id} onOpen={onOpen} /></li>)}
      </ul>
      {matching.length > shown ? <Action onPress={() => setShown(shown + SHOWN)}>Show {Math.min(SHOWN, matching.length - shown)} more of {matching.length - shown}</Action> : null}
    </>
  );
}

/** The kinds there are with how many, the most frequent first. */
function kindsOf(conflicts: readonly Conflict[]): [ConflictKind, number][] {
  const by = new Map<ConflictKind, number>();
  for (const c of conflicts) by.set(c.kind, (by.get(c.kind) ?? 0) + 1);
  return [...by].sort((a, b) => b[1] - a[1]);
}

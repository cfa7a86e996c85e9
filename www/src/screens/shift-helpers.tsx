/** Who is on a shift, what each can do next, and who could be added. */
import type { Assigned, Assignment, EventCommand, EventHandle } from "@wedsync/core";
import { ChevronDown, Ellipsis, UserSearch } from "lucide-react";
import { type CSSProperties, useMemo, useState } from "react";
import {
  Button, ComboBox, Input, Label, ListBox, ListBoxItem, ListLayout, Menu, MenuItem, MenuTrigger, Popover, Virtualizer,
} from "react-aria-components";
import { busyHelpers } from "../lib/busy";
import { STATUS_WORDS } from "../lib/state";
import { dateOf, span } from "../lib/time";
import { Action, Empty, Mark } from "../parts/controls";
import { Sheet } from "../parts/sheet";
import { useAct, useHelpers, useNames } from "../workspace";
import { CandidatesSheet } from "./candidates";
import { StaffingMark } from "./event-list";

interface Props {
  event: EventHandle;
  shift: Assignment;
  all: readonly Assignment[];
  canEdit: boolean;
}

export function ShiftHelpers({ event, shift, all, canEdit }: Props) {
  const names = useNames();
  const act = useAct();
  const busy = useMemo(() => busyHelpers(shift, all), [shift, all]);
  const [moving, setMoving] = useState<string | null>(null);
  const [replacing, setReplacing] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const run = (command: EventCommand) => void act(() => event.do(command));
  return (
    <section className="stack" aria-labelledby="shift-helpers">
      <h3 id="shift-helpers">Helpers <span className="count">{shift.taken}</span></h3>
      {shift.assigned.length === 0 ? <Empty>Nobody is on this shift yet.</Empty> : null}
      <ul className="rows">
        {shift.assigned.map((one) => (
          <li key={one.helper} className="row">
            <span className="grow">
              <strong>{names.helper(one.helper)}</strong>
              <Mark tone={TONES[one.status]}>{STATUS_WORDS[one.status]}</Mark>
              {busy.has(one.helper) ? <small>Also on {busyWords(busy.get(one.helper))}</small> : null}
            </span>
            {canEdit ? (
              <HelperActions
                shift={shift} one={one} name={names.helper(one.helper)} run={run}
                onMove={() => setMoving(one.helper)} onReplace={() => setReplacing(one.helper)}
              />
            ) : null}
          </li>
        ))}
      </ul>
      {canEdit && shift.status === "open" ? (
        <HelperPicker label="Add a helper" shift={shift} busy={busy} onPick={(helper) => run({ type: "assign", assignment: shift.id, helper })} />
      ) : null}
      {canEdit && shift.status === "open" && shift.taken < shift.helpers_max ? (
        <div><Action icon={<UserSearch aria-hidden size={18} />} onPress={() => setAsking(true)}>Who could take this?</Action></div>
      ) : null}
      {isAsking ? <CandidatesSheet event={event} shift={shift} onClose={() => setAsking(false)} /> : null}
      {moving ? (
        <MoveHelper
          shift={shift} all={all} name={names.helper(moving)} onClose={() => setMoving(null)}
          onChoose={(to) => { run({ type: "reassign", from: shift.id, to, helper: moving }); setMoving(null); }}
        />
      ) : null}
      {replacing ? (
        <Sheet title={`Replace ${names.helper(replacing)}`} isOpen onClose={() => setReplacing(null)}>
          <HelperPicker
            label="Who comes instead?" shift={shift} busy={busy}
            onPick={(to) => { run({ type: "substitute", assignment: shift.id, from: replacing, to }); setReplacing(null); }}
          />
        </Sheet>
      ) : null}
    </section>
  );
}

const TONES = { assigned: "warn", accepted: "good", declined: "bad", checked_in: "good", completed: "good" } as const;
const NEXT = { assigned: ["accept", "Accept"], accepted: ["check_in", "Check in"], checked_in: ["complete", "Done"], declined: ["accept", "Accept"], completed: null } as const;

function busyWords(other: Assignment | undefined): string {
  return other ? `${other.title} ${span(other.start, other.end)}` : "";
}

interface HelperActionsProps {
  shift: Assignment;
  one: Assigned;
  name: string;
  run: (command: EventCommand) => void;
  onMove: () => void;
  onReplace: () => void;
}

function HelperActions({ shift, one, name, run, onMove, onReplace }: HelperActionsProps) {
  const of = { assignment: shift.id, helper: one.helper };
  const open = shift.status === "open";
  const next = open ? NEXT[one.status] : null;
  return (
    <span className="row-actions">
      {next ? <Action label={`${next[1]}: ${name}`} onPress={() => run({ type: next[0], ...of })}>{next[1]}</Action> : null}
      <MenuTrigger>
        <Button className="icon-button" aria-label={`More for ${name}`}><Ellipsis aria-hidden size={20} /></Button>
        <Popover className="popover">
          <Menu
            className="options"
            onAction={(key) => {
              if (key === "move") onMove();
              else if (key === "replace") onReplace();
              else run({ type: key as "decline" | "unassign", ...of });
            }}
          >
            {open ? <MenuItem id="replace" className="option">Replace by another helper</MenuItem> : null}
            {open ? <MenuItem id="move" className="option">Move to another shift</MenuItem> : null}
            {open && (one.status === "assigned" || one.status === "accepted") ? <MenuItem id="decline" className="option">Mark as declined</MenuItem> : null}
            <MenuItem id="unassign" className="option">Take {name} off</MenuItem>
          </Menu>
        </Popover>
      </MenuTrigger>
    </span>
  );
}

interface HelperPickerProps {
  label: string;
  shift: Assignment;
  busy: Map<string, Assignment>;
  onPick: (helper: string) => void;
}

function HelperPicker({ label, shift, busy, onPick }: HelperPickerProps) {
  const helpers = useHelpers();
  const [text, setText] = useState("");
  const items = useMemo(() => {
    const on = new Set(shift.assigned.filter((x) => x.status !== "declined").map((x) => x.helper));
    const free = helpers.filter((h) => !h.archived && !on.has(h.id));
    const suits = (skills: string[]) => shift.skills.every((s) => skills.includes(s));
    // Free and skilled first; the order by name stays within each.
    const rank = (h: (typeof free)[number]) => (busy.has(h.id) ? 2 : 0) + (suits(h.skills) ? 0 : 1);
    return free
      .map((h) => ({ id: h.id, name: h.name, rank: rank(h), note: noteOf(busy.get(h.id), suits(h.skills) ? [] : shift.skills.filter((s) => !h.skills.includes(s))) }))
      .sort((a, b) => a.rank - b.rank);
  }, [helpers, shift, busy]);
  return (
    <ComboBox
      className="field"
      defaultItems={items}
      inputValue={text}
      onInputChange={setText}
      selectedKey={null}
      menuTrigger="focus"
      onSelectionChange={(key) => {
        if (key === null) return;
        onPick(String(key));
        setText("");
      }}
    >
      <Label>{label}</Label>
      <div className="combo">
        <Input className="input" placeholder="Type a name" />
        <Button className="combo-button"><ChevronDown aria-hidden size={18} /></Button>
      </div>
      <Popover className="popover">
        <Virtualizer layout={ListLayout} layoutOptions={{ rowHeight: 56 }}>
          <ListBox className="options combo-options" style={{ "--items": items.length || 1 } as CSSProperties} renderEmptyState={() => <Empty>No such helper. Add them under People.</Empty>}>
            {(item: (typeof items)[number]) => (
              <ListBoxItem id={item.id} textValue={item.name} className="option option-tall">
                <span>{item.name}{item.note ? <small>{item.note}</small> : null}</span>
              </ListBoxItem>
            )}
          </ListBox>
        </Virtualizer>
      </Popover>
    </ComboBox>
  );
}

function noteOf(busy: Assignment | undefined, lacks: string[]): string {
  return [busy ? `Busy: ${busyWords(busy)}` : "", lacks.length > 0 ? `Lacks: ${lacks.join(", ")}` : ""].filter(Boolean).join(" · ");
}

interface MoveHelperProps {
  shift: Assignment;
  all: readonly Assignment[];
  name: string;
  onClose: () => void;
  onChoose: (to: string) => void;
}

function MoveHelper({ shift, all, name, onClose, onChoose }: MoveHelperProps) {
  const names = useNames();
  const day = dateOf(shift.start);
  const others = all.filter((a) => a.id !== shift.id && a.status === "open" && dateOf(a.start) === day && a.taken < a.helpers_max);
  return (
    <Sheet title={`Move ${name} to…`} isOpen onClose={onClose}>
      {others.length === 0 ? <Empty>No other shift of this day has a free place.</Empty> : null}
      <ul className="rows">
        {others.map((a) => (
          <li key={a.id}>
            <Button className="row row-button" onPress={() => onChoose(a.id)}>
              <span className="grow"><strong>{a.title}</strong><small className="num">{span(a.start, a.end)} {names.place(a.place)}</small></span>
              <StaffingMark shift={a} />
            </Button>
          </li>
        ))}
      </ul>
    </Sheet>
  );
}

/** A day with rows for helpers or places and hours across. Blocks move by drag, and by keyboard in move mode. */
import type { Assignment, EventHandle, Leg } from "@wedsync/core";
import { type CSSProperties, type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { type Flags, after, flags as flagsOf, sameFlag } from "../lib/conflicts";
import { commandOf, dropWords } from "../lib/moves";
import { lookers } from "../lib/presence";
import { type Block, OPEN_ROW, type TimelineKind, type TimelineRow, helperRows, placeRows } from "../lib/rows";
import { SNAP, hoursOf, shiftBy } from "../lib/timeline";
import { dateOf, minutes } from "../lib/time";
import { Empty } from "../parts/controls";
import { DragBar, MoveBar } from "../parts/move-bar";
import { type DragPoint, useBlockDrag } from "../parts/use-block-drag";
import { keepTabStop, takeTabStop } from "../parts/tab-stop";
import { useWide } from "../parts/use-media";
import { useAct, useConflicts, useMay, useStore, useWorkspace } from "../workspace";
import { type Preview, TimelineRowView, flagOf } from "./timeline-row";
import { moveFocus } from "./timeline-focus";
import { foresightWords, useOutlook } from "./use-outlook";

interface Props {
  event: EventHandle;
  kind: TimelineKind;
  shifts: readonly Assignment[];
  day: string;
  now: string;
  chosen: string | null;
  onOpen: (shift: string) => void;
  /** The shift that the sheet's Move button sends into move mode. */
  moving: string | null;
  onMoving: (shift: string | null) => void;
}

/** Where a day opens that also has shifts of the night before. */
const MORNING = 5 * 60;

/** What a move would do is said once it rests for so long, in milliseconds: not at every step on the way. */
const REST_MS = 500;

interface Moving {
  block: Block;
  row: string;
  by: number;
  how: "keys" | "drag";
}

export function Timeline({ event, kind, shifts, day, now, chosen, onOpen, moving, onMoving }: Props) {
  const ws = useWorkspace();
  const helpers = useStore(ws.helpers);
  const places = useStore(ws.places);
  const may = useMay();
  const archived = useStore(event.summary)?.archived ?? false;
  const canMove = may.plan && !archived;
  const act = useAct();
  const hourWidth = useWide() ? 80 : 64;
  const scroller = useRef<HTMLDivElement>(null);
  const [move, setMove] = useState<Moving | null>(null);
  const [spoken, setSpoken] = useState("");

  const rows = useMemo(
    () => (kind === "helper" ? helperRows(shifts, helpers, day) : placeRows(shifts, places, day)),
    [kind, shifts, helpers, places, day],
  );
  const legs = useStore(event.legs);
  const legsOf = useMemo(() => (kind === "helper" ? legsByHelper(legs) : null), [kind, legs]);
  const peers = useStore(event.presence);
  const looking = useMemo(() => lookers(peers), [peers]);
  const conflicts = useConflicts(event);
  const flags = useMemo(() => flagsOf(conflicts, event.id), [conflicts, event.id]);
  const foresight = useOutlook(event, move && { kind, ...move });
  const flagsThen = useMemo(
    () => (foresight.outlook ? flagsOf(after(conflicts, foresight.outlook), event.id) : flags),
    [foresight, conflicts, flags, event.id],
  );
  const hours = useMemo(() => hoursOf(rows.flatMap((r) => r.blocks)), [rows]);
  const label = useCallback((id: string) => rows.find((r) => r.id === id)?.label ?? "", [rows]);

  const drop = useCallback(
    async ({ block, row, by }: Moving) => {
      setMove(null);
      onMoving(null);
      const command = commandOf({ kind, block, row, by });
      if (command && !(await act(() => event.do(command)))) return setSpoken("Not moved.");
      setSpoken(command ? "Moved. Saved here." : "Nothing changed.");
      requestAnimationFrame(() => focusBlock(scroller.current, block.shift.id, row));
    },
    [act, event, kind, onMoving],
  );
  const cancel = useCallback(() => {
    setMove(null);
    onMoving(null);
    setSpoken("Move cancelled.");
    if (move) focusBlock(scroller.current, move.block.shift.id, move.block.row);
  }, [move, onMoving]);

  const at = useCallback(
    (block: Block, point: DragPoint): Moving => {
      const row = point.row ?? block.row;
      const by = canShift(kind, { block, row }) ? shiftBy(startMinute(block, day), (point.dx / hourWidth) * 60) : 0;
      return { block, row, by, how: "drag" };
    },
    [day, hourWidth, kind],
  );
  const drag = useBlockDrag({
    scroller,
    isEnabled: canMove,
    onDrag: (block, point) => setMove((was) => keepMove(was, at(block, point))),
    onDrop: (block, point) => void drop(at(block, point)),
    onCancel: () => setMove(null),
  });

  const begin = useCallback(
    (block: Block) => {
      if (!canMove || block.shift.status === "cancelled") return;
      setMove({ block, row: block.row, by: 0, how: "keys" });
      setSpoken(`Moving ${block.shift.title}. Arrow keys change time and row, Enter drops it, Escape cancels.`);
    },
    [canMove],
  );
  useEffect(() => {
    if (!moving) return;
    const block = rows.flatMap((r) => r.blocks).find((b) => b.shift.id === moving);
    onMoving(null);
    if (!block) return;
    begin(block);
    // After the sheet has given its focus back.
    setTimeout(() => focusBlock(scroller.current, block.shift.id, block.row), 50);
  }, [moving, rows, begin, onMoving]);

  const step = useCallback(
    (time: number, rowStep: number) => {
      setMove((was) => {
        if (!was) return was;
        const next = { ...was };
        if (time !== 0 && canShift(kind, was)) {
          const start = startMinute(was.block, day);
          next.by = shiftBy(start, was.by + time * SNAP) || (was.by + time * SNAP === 0 ? 0 : was.by);
        }
        if (rowStep !== 0) {
          const index = rows.findIndex((r) => r.id === was.row) + rowStep;
          next.row = rows[Math.min(rows.length - 1, Math.max(0, index))]?.id ?? was.row;
          if (kind === "helper" && next.row !== was.block.row) next.by = 0;
        }
        return next;
      });
    },
    [day, kind, rows],
  );

  const keysOn = move?.how === "keys";
  useEffect(() => {
    // The bar takes its share of a phone: the plan gets the rest of it.
    if (keysOn) scroller.current?.parentElement?.scrollIntoView({ block: "start" });
  }, [keysOn]);
  useEffect(() => {
    if (move?.how === "keys") scroller.current?.querySelector(`[data-row="${CSS.escape(move.row)}"]`)?.scrollIntoView({ block: "nearest" });
  }, [move]);
  useEffect(() => {
    if (!move || (move.by === 0 && move.row === move.block.row)) return;
    const words = `${dropWords({ kind, ...move }, label)}. ${foresightWords(foresight)}`;
    const timer = setTimeout(() => setSpoken(words), REST_MS);
    return () => clearTimeout(timer);
  }, [move, kind, label, foresight]);

  useEffect(() => {
    if (scroller.current) keepTabStop(scroller.current);
  });

  // A day opens at its first shift, today at the present hour.
  const isToday = dateOf(now) === day;
  useLayoutEffect(() => {
    const starts = rows.flatMap((r) => r.blocks.map((b) => b.from)).sort((a, b) => a - b);
    const first = starts.find((from) => from >= MORNING) ?? starts[0] ?? 0;
    const wanted = isToday ? minutes(now) - minutes(day) : first;
    if (scroller.current) scroller.current.scrollLeft = ((wanted - hours.first * 60) / 60 - 1) * hourWidth;
    // Only when another day or view is shown: an edit must not scroll the plan away.
  }, [day, kind]);

  const preview: Preview | null = useMemo(
    () => move && { block: move.block, row: move.row, by: move.by, flag: flagOf(flagsThen, kind, move.block.shift.id, move.row) },
    [move, flagsThen, kind],
  );
  const barWords = move && {
    title: move.block.shift.title,
    words: dropWords({ kind, ...move }, label),
    people: kind === "helper" && move.row !== move.block.row ? 1 : move.block.shift.taken,
    foresight,
  };
  if (shifts.length === 0 && kind === "place") return <Empty>No shift here. Choose another day, or clear the filter.</Empty>;
  return (
    <div className="timeline-frame">
      <p id="timeline-help" className="visually-hidden">
        Arrow keys go from shift to shift, Enter opens one{canMove ? ", M moves it" : ""}.
      </p>
      <div role="status" aria-live="assertive" className="visually-hidden">{spoken}</div>
      <div
        ref={scroller}
        className={`timeline by-${kind}${move ? ` timeline-moving by-${move.how}` : ""}`}
        role="group"
        aria-label={kind === "helper" ? "Shifts by helper" : "Shifts by place"}
        aria-describedby="timeline-help"
        style={{ "--hour": `${hourWidth}px`, "--hours": hours.last - hours.first } as CSSProperties}
        onFocus={(e) => {
          if (e.target.dataset.block) takeTabStop(e.currentTarget, e.target);
        }}
        onPointerDown={drag.onPointerDown}
        onClickCapture={drag.onClickCapture}
        onKeyDown={(e) => {
          if (move?.how === "keys") moveKeys(e, step, () => void drop(move), cancel);
          else if (!e.ctrlKey && !e.metaKey && !e.altKey) browseKeys(e, rows.flatMap((r) => r.blocks), begin);
        }}
      >
        <div className="timeline-body">
        <HourRuler first={hours.first} last={hours.last} />
        {isToday ? <NowLine at={(minutes(now) - minutes(day)) / 60 - hours.first} /> : null}
        {rows.map((row) => (
          <TimelineRowView
            key={row.id}
            row={row}
            kind={kind}
            firstHour={hours.first}
            hourWidth={hourWidth}
            chosen={chosen}
            preview={preview?.row === row.id ? preview : null}
            hidden={preview && preview.block.row === row.id ? preview.block.key : null}
            flags={flagsThen === flags || sameFlags(row, kind, flags, flagsThen) ? flags : flagsThen}
            legs={legsOf?.get(row.id)}
            looking={row.blocks.some((block) => looking.has(block.shift.id)) ? looking : undefined}
            onOpen={onOpen}
          />
        ))}
        </div>
      </div>
      {move?.how === "keys" && barWords ? (
        <MoveBar {...barWords} canShift={canShift(kind, move)} onStep={step} onDrop={() => void drop(move)} onCancel={cancel} />
      ) : null}
      {move?.how === "drag" && barWords ? <DragBar {...barWords} /> : null}
    </div>
  );
}

function legsByHelper(legs: readonly Leg[]): Map<string, Leg[]> {
  const by = new Map<string, Leg[]>();
  for (const leg of legs) by.set(leg.helper, [...(by.get(leg.helper) ?? []), leg]);
  return by;
}

/** The same object while the block would land where it would have landed before: most steps of a drag. */
function keepMove(was: Moving | null, now: Moving): Moving {
  return was && was.block === now.block && was.row === now.row && was.by === now.by ? was : now;
}

/** Whether a move changes nothing about the blocks of a row, which then need not be drawn again. */
function sameFlags(row: TimelineRow, kind: TimelineKind, a: Flags, b: Flags): boolean {
  return row.blocks.every(({ shift }) => sameFlag(flagOf(a, kind, shift.id, row.id), flagOf(b, kind, shift.id, row.id)));
}

/** In the view by helper a change of row keeps the time, and the open lane has no time of its own. */
function canShift(kind: TimelineKind, { block, row }: Pick<Moving, "block" | "row">): boolean {
  return kind === "place" || (row === block.row && row !== OPEN_ROW);
}

function startMinute(block: Block, day: string): number {
  return minutes(block.shift.start) - minutes(day);
}

function focusBlock(scroller: HTMLElement | null, shift: string, row: string): void {
  const exact = scroller?.querySelector<HTMLElement>(`[data-block="${CSS.escape(`${shift}.${row}`)}"]`);
  const target = exact ?? scroller?.querySelector<HTMLElement>(`[data-block^="${CSS.escape(`${shift}.`)}"]`);
  target?.focus();
  target?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function moveKeys(event: KeyboardEvent, step: (time: number, row: number) => void, drop: () => void, cancel: () => void): void {
  const keys: Record<string, () => void> = {
    ArrowLeft: () => step(-1, 0),
    ArrowRight: () => step(1, 0),
    ArrowUp: () => step(0, -1),
    ArrowDown: () => step(0, 1),
    Enter: drop,
    Escape: cancel,
  };
  const run = keys[event.key];
  if (!run) return;
  event.preventDefault();
  event.stopPropagation();
  run();
}

function browseKeys(event: KeyboardEvent, blocks: readonly Block[], begin: (block: Block) => void): void {
  const key = (event.target as HTMLElement).dataset.block;
  if (!key) return;
  if (event.key === "m" || event.key === "M") {
    const block = blocks.find((b) => b.key === key);
    if (block) begin(block);
    event.preventDefault();
  } else if (moveFocus(event.currentTarget as HTMLElement, event.target as HTMLElement, event.key)) {
    event.preventDefault();
  }
}

function HourRuler({ first, last }: { first: number; last: number }) {
  const hours = Array.from({ length: last - first }, (_, i) => first + i);
  return (
    <div className="ruler" aria-hidden>
      <span className="corner" />
      {hours.map((h) => <span key={h} className="ruler-hour num">{String(h).padStart(2, "0")}:00</span>)}
    </div>
  );
}

function NowLine({ at }: { at: number }) {
  return <div className="now-line" aria-hidden style={{ "--at": at } as CSSProperties} />;
}

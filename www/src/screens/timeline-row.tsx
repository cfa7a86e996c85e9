/** One row of the timeline. Its blocks are plain buttons: there can be hundreds. */
import type { Leg } from "@wedsync/core";
import { Eye } from "lucide-react";
import { type CSSProperties, memo } from "react";
import { type Flag, type Flags, flagWords, worstFlag } from "../lib/conflicts";
import { type Block, OPEN_ROW, type TimelineKind, type TimelineRow } from "../lib/rows";
import { STATUS_WORDS, figures, staffing, staffingWords } from "../lib/state";
import { civil, clockOf, minutes, span } from "../lib/time";
import type { Placed } from "../lib/timeline";
import { SeverityIcon } from "../parts/severity";
import { TimelineWays } from "./timeline-ways";

export interface Preview {
  block: Block;
  row: string;
  by: number;
  /** What would be wrong with it there. */
  flag: Flag | undefined;
}

interface Props {
  row: TimelineRow;
  kind: TimelineKind;
  firstHour: number;
  hourWidth: number;
  chosen: string | null;
  /** The block being moved, where it would land in this row. */
  preview: Preview | null;
  /** The block of this row that is being moved elsewhere. */
  hidden: string | null;
  /** What is wrong with its blocks, and would be after the move. */
  flags: Flags;
  /** The ways between its blocks, in the view by helper. */
  legs: readonly Leg[] | undefined;
  /** Who else looks at its shifts now; none where nobody does. */
  looking: ReadonlyMap<string, string> | undefined;
  onOpen: (shift: string) => void;
}

/** What stands on a block: in a helper's row what concerns that helper, by place all that concerns the shift. */
export function flagOf(flags: Flags, kind: TimelineKind, shift: string, row: string): Flag | undefined {
  return kind === "place" ? flags.shifts.get(shift) : flags.blocks.get(`${shift}.${row}`);
}

export const TimelineRowView = memo(function TimelineRowView(props: Props) {
  const { row, kind, firstHour, hourWidth, chosen, preview, hidden, flags, legs, looking, onOpen } = props;
  const x = (minute: number) => ((minute - firstHour * 60) / 60) * hourWidth;
  const style = { "--lanes": row.laneCount } as CSSProperties;
  const flag = (block: Block) => (block.key === hidden ? undefined : flagOf(flags, kind, block.shift.id, row.id));
  const worst = worstFlag([...row.blocks.map(flag), preview?.flag]);
  return (
    <div
      className={`lane-row${row.id === OPEN_ROW ? " open-row" : ""}${preview ? " is-target" : ""}`}
      role="group"
      aria-label={worst ? `${row.label}, ${flagWords(worst)}` : row.label}
      data-row={row.id}
      style={style}
    >
      <div className="row-label" aria-hidden><span>{worst ? <SeverityIcon severity={worst.severity} size={14} /> : null}{row.label}</span></div>
      <div className="row-space">
        <div className="row-blocks">
          {row.blocks.map((block) => (
            <BlockView key={block.key} block={block} kind={kind} left={x(block.from)} right={x(block.to)} isChosen={block.shift.id === chosen} isMoving={block.key === hidden} flag={flag(block)} looking={looking?.get(block.shift.id)} onOpen={onOpen} />
          ))}
          <TimelineWays blocks={row.blocks} legs={legs} hidden={hidden} x={x} />
          {preview ? <PreviewView preview={preview} left={x(preview.block.from + preview.by)} right={x(preview.block.to + preview.by)} /> : null}
        </div>
      </div>
    </div>
  );
});

interface BlockProps {
  block: Placed<Block>;
  kind: TimelineKind;
  left: number;
  right: number;
  isChosen: boolean;
  isMoving: boolean;
  flag: Flag | undefined;
  looking: string | undefined;
  onOpen: (shift: string) => void;
}

function BlockView({ block, kind, left, right, isChosen, isMoving, flag, looking, onOpen }: BlockProps) {
  const { shift, status } = block;
  const state = status ?? staffing(shift);
  const words = status ? STATUS_WORDS[status] : staffingWords(shift);
  const time = span(shift.start, shift.end);
  const shown = [clockOf(shift.start), kind === "place" || !status ? figures(shift) : flag ? "" : words, flag ? flagWords(flag) : ""].filter(Boolean).join(" ");
  const classes = ["block", `block-${state}`, shift.status === "cancelled" ? "block-cancelled" : "", isMoving ? "is-moving" : "", flag ? `flagged flagged-${flag.severity}` : "", block.before ? "from-before" : "", block.after ? "goes-on" : ""];
  return (
    <button
      type="button"
      className={classes.filter(Boolean).join(" ")}
      style={{ left, width: Math.max(20, right - left - 2), "--lane": block.lane } as CSSProperties}
      data-block={block.key}
      data-stop
      tabIndex={-1}
      data-from={block.from}
      aria-current={isChosen || undefined}
      aria-label={`${shift.title} ${shown}, ${time}${shown.includes(words) ? "" : `, ${words}`}${looking ? `, looked at by ${looking}` : ""}`}
      title={`${shift.title} ${time}${flag ? `: ${flagWords(flag)}` : ""}${looking ? `, looked at by ${looking}` : ""}`}
      onClick={() => onOpen(shift.id)}
      ref={(button) => {
        if (button) blocksByElement.set(button, block);
      }}
    >
      <b>{flag ? <SeverityIcon severity={flag.severity} size={14} /> : null}{looking ? <Eye aria-hidden className="block-looked" size={14} /> : null}{shift.title}</b>{" "}
      <small className="num">{shown}</small>
    </button>
  );
}

/** The block of a button, for the drag that starts on it. */
export const blocksByElement = new WeakMap<Element, Block>();

function PreviewView({ preview, left, right }: { preview: Preview; left: number; right: number }) {
  const { block: { shift }, flag } = preview;
  const start = clockOf(civil(minutes(shift.start) + preview.by));
  const end = clockOf(civil(minutes(shift.end) + preview.by));
  const classes = `block block-preview${flag ? ` flagged flagged-${flag.severity}` : ""}`;
  return (
    <div className={classes} aria-hidden style={{ left, width: Math.max(20, right - left - 2), "--lane": 0 } as CSSProperties}>
      <b className="num">{flag ? <SeverityIcon severity={flag.severity} size={14} /> : null}{start}–{end}</b>
      <small>{flag ? flagWords(flag) : shift.title}</small>
    </div>
  );
}

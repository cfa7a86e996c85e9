/** One row of the timeline. Its blocks are plain buttons: there can be hundreds. */
import { type CSSProperties, memo } from "react";
import { type Block, OPEN_ROW, type TimelineKind, type TimelineRow } from "../lib/rows";
import { STATUS_WORDS, figures, staffing, staffingWords } from "../lib/state";
import { civil, clockOf, minutes, span } from "../lib/time";
import type { Placed } from "../lib/timeline";

export interface Preview {
  block: Block;
  row: string;
  by: number;
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
  onOpen: (shift: string) => void;
}

export const TimelineRowView = memo(function TimelineRowView(props: Props) {
  const { row, kind, firstHour, hourWidth, chosen, preview, hidden, onOpen } = props;
  const x = (minute: number) => ((minute - firstHour * 60) / 60) * hourWidth;
  const style = { "--lanes": row.laneCount } as CSSProperties;
  return (
    <div
      className={`lane-row${row.id === OPEN_ROW ? " open-row" : ""}${preview ? " is-target" : ""}`}
      role="group"
      aria-label={row.label}
      data-row={row.id}
      style={style}
    >
      <div className="row-label" aria-hidden><span>{row.label}</span></div>
      <div className="row-space">
        <div className="row-blocks">
          {row.blocks.map((block) => (
            <BlockView key={block.key} block={block} kind={kind} left={x(block.from)} right={x(block.to)} isChosen={block.shift.id === chosen} isMoving={block.key === hidden} onOpen={onOpen} />
          ))}
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
  onOpen: (shift: string) => void;
}

function BlockView({ block, kind, left, right, isChosen, isMoving, onOpen }: BlockProps) {
  const { shift, status } = block;
  const state = status ?? staffing(shift);
  const words = status ? STATUS_WORDS[status] : staffingWords(shift);
  const time = span(shift.start, shift.end);
  const classes = ["block", `block-${state}`, shift.status === "cancelled" ? "block-cancelled" : "", isMoving ? "is-moving" : "", block.before ? "from-before" : "", block.after ? "goes-on" : ""];
  return (
    <button
      type="button"
      className={classes.filter(Boolean).join(" ")}
      style={{ left, width: Math.max(20, right - left - 2), "--lane": block.lane } as CSSProperties}
      data-block={block.key}
      data-from={block.from}
      aria-current={isChosen || undefined}
      aria-label={`${shift.title}, ${time}, ${words}${status ? "" : `, ${figures(shift)}`}`}
      title={`${shift.title} ${time}`}
      onClick={() => onOpen(shift.id)}
      ref={(button) => {
        if (button) blocksByElement.set(button, block);
      }}
    >
      <b>{shift.title}</b>
      <small className="num">{clockOf(shift.start)} {kind === "place" || !status ? figures(shift) : words}</small>
    </button>
  );
}

/** The block of a button, for the drag that starts on it. */
export const blocksByElement = new WeakMap<Element, Block>();

function PreviewView({ preview, left, right }: { preview: Preview; left: number; right: number }) {
  const { shift } = preview.block;
  const start = clockOf(civil(minutes(shift.start) + preview.by));
  const end = clockOf(civil(minutes(shift.end) + preview.by));
  return (
    <div className="block block-preview" aria-hidden style={{ left, width: Math.max(20, right - left - 2), "--lane": 0 } as CSSProperties}>
      <b className="num">{start}–{end}</b>
      <small>{shift.title}</small>
    </div>
  );
}

/** A day by role and hour: how many helpers are there, and how many lack. */
import type { Assignment, EventHandle } from "@wedsync/core";
import { type KeyboardEvent, useEffect, useMemo, useRef } from "react";
import { type CoverageRow, coverageOn, shiftIn } from "../lib/coverage";
import { plural } from "../lib/state";
import { Empty } from "../parts/controls";
import { keepTabStop, takeTabStop } from "../parts/tab-stop";
import { useStore } from "../workspace";

interface Props {
  event: EventHandle;
  shifts: readonly Assignment[];
  day: string;
  onOpen: (shift: string) => void;
}

export function Coverage({ event, shifts, day, onOpen }: Props) {
  const coverage = useStore(event.coverage);
  const { hours, rows } = useMemo(() => coverageOn(day, coverage), [day, coverage]);
  const table = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (table.current) keepTabStop(table.current);
  });
  if (rows.length === 0) return <Empty>No shift on this day. Choose another one.</Empty>;
  return (
    <div
      ref={table} className="coverage" role="region" aria-label="Coverage by role and hour. Arrow keys go from hour to hour."
      onFocus={(e) => takeTabStop(e.currentTarget, e.target as HTMLElement)}
      onKeyDown={moveInTable}
    >
      <table>
        <thead>
          <tr>
            <th scope="col">Role</th>
            {hours.map((hour) => <th key={hour} scope="col" className="num">{hour.slice(0, 2)}</th>)}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <th scope="row">
                <span>{row.label}</span>
                {row.team && row.team !== row.label ? <small>{row.team}</small> : null}
              </th>
              {row.cells.map((cell, i) => <Cell key={hours[i]} row={row} cell={cell} hour={hours[i] ?? ""} shifts={shifts} onOpen={onOpen} />)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** To the next cell with figures in that direction: the days have gaps. */
function moveInTable(event: KeyboardEvent<HTMLElement>): void {
  const from = event.target instanceof Element ? event.target.closest("td") : null;
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  const rows = from?.closest("table")?.rows;
  if (!from || !step || !rows) return;
  const [down = 0, right = 0] = step;
  let row = (from.parentElement as HTMLTableRowElement).rowIndex + down;
  let column = from.cellIndex + right;
  for (; rows[row]?.cells[column]; row += down, column += right) {
    const next = rows[row]?.cells[column]?.querySelector<HTMLElement>("[data-stop]");
    if (!next) continue;
    event.preventDefault();
    return next.focus();
  }
}

interface CellProps {
  row: CoverageRow;
  cell: CoverageRow["cells"][number];
  hour: string;
  shifts: readonly Assignment[];
  onOpen: (shift: string) => void;
}

function Cell({ row, cell, hour, shifts, onOpen }: CellProps) {
  if (!cell) return <td className="coverage-none" />;
  const words = cell.missing > 0 ? `${plural(cell.missing, "helper")} missing` : "enough";
  const open = () => {
    const shift = shiftIn(shifts, row, cell.start);
    if (shift) onOpen(shift.id);
  };
  return (
    <td>
      <button
        type="button"
        data-stop
        tabIndex={-1}
        className={`coverage-cell num ${cell.missing > 0 ? "is-short" : "is-enough"}`}
        aria-label={`${row.label}, ${hour}: ${cell.missing > 0 ? `−${cell.missing} ` : ""}${cell.there}/${cell.needed}, ${words}`}
        onClick={open}
      >
        {cell.missing > 0 ? <b>−{cell.missing}</b> : <span aria-hidden>✓</span>}{" "}
        <small>{cell.there}/{cell.needed}</small>
      </button>
    </td>
  );
}

/** A day by role and hour: how many helpers are there, and how many lack. */
import type { Assignment, EventHandle } from "@wedsync/core";
import { useMemo } from "react";
import { type CoverageRow, coverageOn, shiftIn } from "../lib/coverage";
import { plural } from "../lib/state";
import { Empty } from "../parts/controls";
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
  if (rows.length === 0) return <Empty>No shift on this day. Choose another one.</Empty>;
  return (
    <div className="coverage" role="region" aria-label="Coverage by role and hour" tabIndex={0}>
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
        className={`coverage-cell num ${cell.missing > 0 ? "is-short" : "is-enough"}`}
        aria-label={`${row.label}, ${hour}: ${cell.there} of ${cell.needed}, ${words}`}
        onClick={open}
      >
        {cell.missing > 0 ? <b>−{cell.missing}</b> : <span aria-hidden>✓</span>}
        <small>{cell.there}/{cell.needed}</small>
      </button>
    </td>
  );
}

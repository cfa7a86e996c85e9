import { useEffect, useRef } from "react";
import { ToggleButton, ToggleButtonGroup } from "react-aria-components";
import { dayNumber, longDay, weekday } from "../lib/time";

interface Props {
  days: string[];
  day: string;
  today: string;
  /** Open places by day. */
  open: Map<string, number>;
  onChange: (day: string) => void;
}

export function DayPicker({ days, day, today, open, onChange }: Props) {
  const group = useRef<HTMLDivElement>(null);
  useEffect(() => {
    group.current?.querySelector("[data-selected]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [day]);
  if (days.length < 2) return null;
  return (
    <ToggleButtonGroup
      ref={group}
      className="days"
      aria-label="Day"
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[day]}
      onSelectionChange={(keys) => {
        const [chosen] = keys;
        if (chosen) onChange(String(chosen));
      }}
    >
      {days.map((d) => {
        const n = open.get(d) ?? 0;
        return (
          <ToggleButton key={d} id={d} className="day" aria-label={`${longDay(d)}${d === today ? ", today" : ""}, ${n} open places`}>
            <span>{d === today ? "Today" : weekday(d)}</span>
            <b className="num">{dayNumber(d)}</b>
            <small className="num">{n > 0 ? `${n} open` : "–"}</small>
          </ToggleButton>
        );
      })}
    </ToggleButtonGroup>
  );
}

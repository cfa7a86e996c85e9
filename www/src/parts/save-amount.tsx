/** Amounts in rows: a name, and small fields for hours and minutes, or for a number. They save when one leaves them. */
import type { Receipt } from "@wedsync/core";
import { type FocusEvent, type ReactNode, useId, useRef, useState } from "react";
import { Input, TextField } from "react-aria-components";
import { asMinutes } from "../lib/availability";
import { length } from "../lib/time";
import { errorInfo, watch } from "../workspace";
import { useSaidSaved } from "./save-field";

interface AmountProps {
  label: string;
  hint?: ReactNode;
  value: number | null;
  save: (value: number | null) => Promise<Receipt>;
}

export function SaveDuration({ value, ...rest }: AmountProps) {
  const texts = value === null ? ["", ""] : [`${Math.floor(value / 60)}`, `${value % 60}`];
  return <Amount {...rest} value={value} texts={texts} units={["hours", "minutes"]} short={["h", "min"]} inHours parse={([h = "", m = ""]) => asMinutes(h, m)} wrong="Whole hours and minutes, such as 7 h 30." />;
}

interface NumberProps extends AmountProps {
  unit: string;
}

export function SaveNumber({ value, unit, ...rest }: NumberProps) {
  const texts = value === null ? [""] : [`${value}`];
  return <Amount {...rest} value={value} texts={texts} units={[unit]} short={[unit]} parse={([n = ""]) => (n.trim() === "" ? null : Number(n))} wrong="A whole number, such as 6." />;
}

interface Props extends AmountProps {
  /** What stands in the fields, one for each unit. */
  texts: string[];
  units: string[];
  short: string[];
  /** Whether the core's minutes are hours and minutes here. */
  inHours?: boolean;
  /** NaN where it is no amount. */
  parse: (texts: string[]) => number | null;
  wrong: string;
}

function Amount({ label, hint, value, texts, units, short, inHours, parse, wrong, save }: Props) {
  const [draft, setDraft] = useState<string[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const { saved, say } = useSaidSaved();
  const saving = useRef(false);
  const id = useId();

  const commit = async () => {
    if (saving.current || draft === null) return;
    const amount = parse(draft);
    if (amount !== null && !Number.isInteger(amount)) return setError(wrong);
    saving.current = true;
    try {
      if (amount !== value) {
        watch(await save(amount));
        say();
      }
      setDraft(null);
      setError(null);
    } catch (failure) {
      setError(inHours ? boundsInHours(errorInfo(failure).message) : errorInfo(failure).message);
    } finally {
      saving.current = false;
    }
  };
  const leave = (event: FocusEvent<HTMLElement>) => {
    if (!event.currentTarget.contains(event.relatedTarget)) void commit();
  };
  const shown = draft ?? texts;
  return (
    <div role="group" aria-labelledby={id} className="amount" onBlur={leave}>
      <span className="grow">
        <strong id={id}>{label}</strong>
        <small role="status">{saved || hint}</small>
      </span>
      {units.map((unit, i) => (
        <span key={unit} className="amount-part num">
          <TextField
            aria-label={`${label}, ${unit}`} aria-describedby={error ? `${id}-error` : undefined} isInvalid={Boolean(error)} validationBehavior="aria"
            inputMode="numeric" value={shown[i] ?? ""}
            onChange={(text) => setDraft(shown.map((before, at) => (at === i ? text : before)))}
            onKeyDown={(event) => {
              if (event.key === "Enter") void commit();
              else event.continuePropagation();
            }}
          >
            <Input className="input" />
          </TextField>
          {short[i]}
        </span>
      ))}
      {error ? <p id={`${id}-error`} className="field-error" role="alert">{error}</p> : null}
    </div>
  );
}

/** The core names its bounds in minutes, which nobody typed: `from 1 min to 24 h` instead. */
function boundsInHours(message: string): string {
  return message.replace(/^.* must be a whole number from (\d+) to (\d+)/, (_, low: string, high: string) => `This must be from ${length(Number(low))} to ${length(Number(high))}`);
}

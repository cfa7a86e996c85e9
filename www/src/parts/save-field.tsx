/** A field that saves itself on blur or Enter, says "saved here", and keeps what was typed when it is refused. */
import type { Receipt, Value } from "@wedsync/core";
import { Check } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { Checkbox } from "react-aria-components";
import { errorInfo, watch } from "../workspace";
import { Choice, Field, type FieldProps, type Option } from "./controls";

type Shown = Omit<FieldProps, "value" | "onChange" | "error" | "onBlur" | "onEnter">;

interface SaveFieldProps extends Shown {
  /** The value in the plan, as text. */
  value: string;
  /** Turns the text into the value to save; a string is what is wrong with it. */
  parse?: (text: string) => { value: Value } | { error: string };
  save: (value: Value) => Promise<Receipt>;
}

export const asText = (text: string): { value: Value } => ({ value: text.trim() === "" ? null : text });

export function asInteger(text: string): { value: Value } | { error: string } {
  const n = Number(text);
  return text.trim() !== "" && Number.isInteger(n) ? { value: n } : { error: "A whole number, such as 2." };
}

export const asWords = (text: string): { value: Value } => ({
  value: text.split(/[,;]/).map((word) => word.trim()).filter(Boolean),
});

export function SaveField({ value, parse = asText, save, hint, ...shown }: SaveFieldProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const { saved, say } = useSaidSaved();
  // Enter saves and then blurs away: the second call must not save again.
  const saving = useRef(false);

  const commit = async () => {
    if (saving.current || draft === null) return;
    if (draft === value) return setDraft(null);
    const parsed = parse(draft);
    if ("error" in parsed) return setError(parsed.error);
    saving.current = true;
    try {
      watch(await save(parsed.value));
      setDraft(null);
      setError(null);
      say();
    } catch (failure) {
      setError(errorInfo(failure).message);
    } finally {
      saving.current = false;
    }
  };

  return (
    <Field
      {...shown}
      value={draft ?? value}
      onChange={setDraft}
      error={error}
      hint={<span role="status">{saved ? "Saved here" : hint}</span>}
      onBlur={() => void commit()}
      onEnter={() => void commit()}
    />
  );
}

export interface SaveProps<V> {
  save: (value: V) => Promise<Receipt>;
}

/** For a control that saves at once: what went wrong, and whether to say "Saved here". */
export function useSave<V>(save: SaveProps<V>["save"]) {
  const [error, setError] = useState<string | null>(null);
  const { saved, say } = useSaidSaved();
  const run = async (value: V) => {
    try {
      watch(await save(value));
      setError(null);
      say();
    } catch (failure) {
      setError(errorInfo(failure).message);
    }
  };
  return { error, saved, run: (value: V) => void run(value) };
}

export function SaveCheck({ label, value, save }: { label: string; value: boolean } & SaveProps<boolean>) {
  const { error, saved, run } = useSave(save);
  return (
    <div>
      <Checkbox className="check" isSelected={value} onChange={run}>
        <span className="check-box">{value ? <Check aria-hidden size={18} /> : null}</span> {label}
      </Checkbox>
      <span role="status" className="hint">{saved ? "Saved here" : ""}</span>
      {error ? <p className="field-error" role="alert">{error}</p> : null}
    </div>
  );
}

interface SaveChoiceProps<K extends string> extends SaveProps<K> {
  label: string;
  options: readonly Option<K>[];
  value: K;
  hint?: ReactNode;
}

export function SaveChoice<K extends string>({ save, hint, ...shown }: SaveChoiceProps<K>) {
  const { error, saved, run } = useSave(save);
  return <Choice {...shown} onChange={run} error={error} hint={<span role="status">{saved ? "Saved here" : hint}</span>} />;
}

/** "Saved here", for three seconds. */
export function useSaidSaved(): { saved: boolean; say: () => void } {
  const [at, setAt] = useState(0);
  useEffect(() => {
    if (at === 0) return;
    const timer = setTimeout(() => setAt(0), 3_000);
    return () => clearTimeout(timer);
  }, [at]);
  return { saved: at !== 0, say: () => setAt(Date.now()) };
}

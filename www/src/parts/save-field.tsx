/** A field that saves itself on blur or Enter, says "saved here", and keeps what was typed when it is refused. */
import type { Receipt, Value } from "@wedsync/core";
import { Check } from "lucide-react";
import { type FocusEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { Checkbox } from "react-aria-components";
import { clockOf, dateOf, longDay } from "../lib/time";
import { errorInfo, watch } from "../workspace";
import { Action, Choice, Field, type FieldProps, type Option } from "./controls";
import { Editing, useFieldPresence } from "./presence";
import { useMerge } from "./use-merge";

type Shown = Omit<FieldProps, "value" | "onChange" | "error" | "onBlur" | "onEnter">;

interface SaveFieldProps extends Shown {
  /** The value in the plan, as text. */
  value: string;
  /** Turns the text into the value to save; a string is what is wrong with it. */
  parse?: (text: string) => { value: Value } | { error: string };
  save: (value: Value) => Promise<Receipt>;
  /** Its name in the plan, where the others are to see that it is being edited. */
  field?: string;
}

export const asText = (text: string): { value: Value } => ({ value: text.trim() === "" ? null : text });

export function asInteger(text: string): { value: Value } | { error: string } {
  const n = Number(text);
  return text.trim() !== "" && Number.isInteger(n) ? { value: n } : { error: "A whole number, such as 2." };
}

export const asWords = (text: string): { value: Value } => ({
  value: text.split(/[,;]/).map((word) => word.trim()).filter(Boolean),
});

export function SaveField({ value, parse = asText, save, field, hint, ...shown }: SaveFieldProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const { saved, say } = useSaidSaved();
  const presence = useFieldPresence(field);
  const merge = useMerge(value, draft, presence.names);
  // Enter saves and then blurs away: the second call must not save again.
  const saving = useRef(false);
  const words = (text: string) => (shown.type === "datetime-local" && text ? `${longDay(dateOf(text))}, ${clockOf(text)}` : text);

  const commit = async () => {
    if (saving.current || draft === null) return;
    if (draft === value) return setDraft(null);
    const parsed = parse(draft);
    if ("error" in parsed) return setError(parsed.error);
    saving.current = true;
    merge.own();
    try {
      const receipt = await save(parsed.value);
      watch(receipt);
      setDraft(null);
      setError(null);
      say("Saved here");
      receipt.stored.then(
        () => say("Saved for everybody"),
        (refusal: unknown) => {
          // What was typed is put back, unless they type on already.
          setDraft((now) => now ?? draft);
          setError(errorInfo(refusal).message);
        },
      );
    } catch (failure) {
      setError(errorInfo(failure).message);
    } finally {
      saving.current = false;
    }
  };
  const leave = (event: FocusEvent<HTMLElement>) => {
    if (event.currentTarget.contains(event.relatedTarget)) return;
    presence.leave();
    merge.leave();
    // With another's change before their eyes, who goes on has chosen their own.
    void commit();
  };

  return (
    <div className="save-field" onBlur={leave}>
      <Field
        {...shown}
        value={draft ?? value}
        onChange={setDraft}
        error={error}
        hint={<span role="status">{saved || hint}</span>}
        onFocus={() => {
          presence.enter();
          merge.enter();
        }}
        onEnter={() => void commit()}
      />
      <Editing names={presence.names} />
      <p role="status" className="merged">{merge.said(words)}</p>
      {merge.isOpen ? (
        // A press must not take the focus from the field: leaving it would choose before the press does.
        <div className="merge" onMouseDown={(event) => event.preventDefault()}>
          <Action onPress={() => void commit()}>Keep mine</Action>
          <Action
            onPress={() => {
              setDraft(null);
              setError(null);
            }}
          >
            Take theirs
          </Action>
        </div>
      ) : null}
    </div>
  );
}

export interface SaveProps<V> {
  save: (value: V) => Promise<Receipt>;
}

/** For a control that saves at once: what went wrong, or "Saved here". */
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
      <span role="status" className="hint">{saved}</span>
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
  return <Choice {...shown} onChange={run} error={error} hint={<span role="status">{saved || hint}</span>} />;
}

/** "Saved here" and the like, for three seconds; empty else. */
export function useSaidSaved(): { saved: string; say: (what?: string) => void } {
  const [said, setSaid] = useState({ what: "", at: 0 });
  useEffect(() => {
    if (said.what === "") return;
    const timer = setTimeout(() => setSaid({ what: "", at: 0 }), 3_000);
    return () => clearTimeout(timer);
  }, [said]);
  return { saved: said.what, say: (what = "Saved here") => setSaid({ what, at: Date.now() }) };
}

/** The few controls every screen is made of, with their labels, errors and sizes in one place. */
import { ChevronDown, Check } from "lucide-react";
import type { ReactNode } from "react";
import {
  Button, FieldError, Input, Label, ListBox, ListBoxItem, Popover, Select, SelectValue, Text, TextArea, TextField,
} from "react-aria-components";

interface ActionProps {
  children: ReactNode;
  icon?: ReactNode;
  kind?: "main" | "plain" | "danger" | "quiet";
  onPress?: () => void;
  isDisabled?: boolean;
  type?: "button" | "submit";
  label?: string;
  autoFocus?: boolean;
}

export function Action({ children, icon, kind = "plain", label, ...rest }: ActionProps) {
  return (
    <Button {...rest} aria-label={label} className={`action action-${kind}`}>
      {icon}
      <span>{children}</span>
    </Button>
  );
}

interface IconActionProps {
  label: string;
  children: ReactNode;
  onPress?: () => void;
  isDisabled?: boolean;
  slot?: string;
}

export function IconAction({ label, children, ...rest }: IconActionProps) {
  return (
    <Button {...rest} aria-label={label} className="icon-button">
      {children}
    </Button>
  );
}

export interface FieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  type?: "text" | "email" | "tel" | "date" | "datetime-local" | "time" | "number" | "search";
  error?: string | null;
  hint?: ReactNode;
  lines?: number;
  isRequired?: boolean;
  isReadOnly?: boolean;
  autoFocus?: boolean;
  autoComplete?: string;
  placeholder?: string;
  inputMode?: "text" | "numeric" | "decimal" | "email" | "tel" | "url";
  onFocus?: () => void;
  onBlur?: () => void;
  onEnter?: () => void;
  name?: string;
}

export function Field({ label, error, hint, lines, placeholder, onEnter, ...rest }: FieldProps) {
  const common = { className: "input", placeholder };
  return (
    <TextField
      {...rest}
      className="field"
      validationBehavior="aria"
      isInvalid={Boolean(error)}
      onKeyDown={(event) => {
        if (event.key === "Enter" && onEnter && !lines) onEnter();
        // Otherwise it ends here, and Escape would not close the sheet around the field.
        else event.continuePropagation();
      }}
    >
      <Label>{label}</Label>
      {lines ? <TextArea {...common} rows={lines} /> : <Input {...common} />}
      {hint ? <Text slot="description" className="hint">{hint}</Text> : null}
      <FieldError className="field-error">{error}</FieldError>
    </TextField>
  );
}

export interface Option<K extends string = string> {
  id: K;
  label: string;
  note?: string;
}

interface ChoiceProps<K extends string> {
  label: string;
  options: readonly Option<K>[];
  value: K | null;
  onChange: (value: K) => void;
  error?: string | null;
  hint?: ReactNode;
  isDisabled?: boolean;
}

export function Choice<K extends string>({ label, options, value, onChange, error, hint, isDisabled }: ChoiceProps<K>) {
  return (
    <Select
      className="field"
      isDisabled={isDisabled}
      isInvalid={Boolean(error)}
      selectedKey={value}
      onSelectionChange={(key) => {
        if (key !== null) onChange(key as K);
      }}
    >
      <Label>{label}</Label>
      <Button className="input select-button">
        <SelectValue />
        <ChevronDown aria-hidden size={18} />
      </Button>
      {hint ? <Text slot="description" className="hint">{hint}</Text> : null}
      <FieldError className="field-error">{error}</FieldError>
      <Popover className="popover">
        <ListBox className="options" items={options}>
          {(option) => (
            <ListBoxItem id={option.id} textValue={option.label} className="option">
              {({ isSelected }) => (
                <>
                  <span>{option.label}{option.note ? <small>{option.note}</small> : null}</span>
                  {isSelected ? <Check aria-hidden size={18} /> : null}
                </>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  );
}

/** A mark with a word: shape and text say the state, colour repeats it. */
export function Mark({ tone, children }: { tone: "good" | "warn" | "bad" | "plain"; children: ReactNode }) {
  return (
    <span className={`mark mark-${tone}`}>
      <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden focusable="false">{SHAPES[tone]}</svg>
      {children}
    </span>
  );
}

const SHAPES = {
  good: <circle cx="5" cy="5" r="4.5" fill="currentColor" />,
  warn: <path d="M5 0.5 9.7 9.5H0.3Z" fill="currentColor" />,
  bad: <path d="M1 1 9 9M9 1 1 9" stroke="currentColor" strokeWidth="2" />,
  plain: <circle cx="5" cy="5" r="3.8" fill="none" stroke="currentColor" strokeWidth="1.5" />,
};

export function Empty({ children }: { children: ReactNode }) {
  return <p className="empty">{children}</p>;
}

/** What the keyboard can do, in a sheet that the question mark opens. */
import { useEffect, useState } from "react";
import { Check } from "./check";
import { Sheet } from "./sheet";

const SWITCH = "wedsync.question-mark";
const KEYS: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  ["Everywhere", [
    ["Tab, Shift Tab", "To the next and the one before"],
    ["Enter", "Opens or presses it"],
    ["Escape", "Closes a sheet, a list or a menu"],
    ["Arrow keys", "Go through days, views, lists and menus"],
    ["Ctrl Z", "Takes the last edit back; in a field, what was typed there"],
    ["Ctrl Shift Z, Ctrl Y", "Does it again"],
    ["F6", "To a message, to undo or dismiss it"],
  ]],
  ["By helper, by place", [
    ["Arrow keys", "From shift to shift"],
    ["Home, End", "First and last of the row"],
    ["Enter", "Opens the shift"],
    ["M", "Takes it up, to move it"],
  ]],
  ["While moving", [
    ["Left, Right", "15 minutes earlier or later"],
    ["Up, Down", "To another row"],
    ["Enter", "Drops it"],
    ["Escape", "Leaves it where it was"],
  ]],
];

/** Opens the sheet by `?`, outside of fields and sheets, unless a person switched that off: voice control types single keys. */
export function Shortcuts() {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey || !isOn()) return;
      if (event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable=true], [role=dialog], [role=menu]")) return;
      event.preventDefault();
      setOpen(true);
    };
    window.addEventListener("keydown", listener);
    return () => window.removeEventListener("keydown", listener);
  }, []);
  return isOpen ? <ShortcutsSheet onClose={() => setOpen(false)} /> : null;
}

export function ShortcutsSheet({ onClose }: { onClose: () => void }) {
  const [on, setOn] = useState(isOn);
  const change = (wanted: boolean) => {
    keep(wanted);
    setOn(wanted);
  };
  return (
    <Sheet title="Keyboard" isOpen onClose={onClose}>
      <div className="stack">
        {KEYS.map(([where, keys]) => (
          <section key={where} aria-label={where}>
            <h3>{where}</h3>
            <dl className="facts">{keys.map(([key, does]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{does}</dd></div>)}</dl>
          </section>
        ))}
        <p>Whatever is dragged can be moved by M, by “Move” in the shift’s sheet, or by its fields. The list has the same shifts as the other views, in order of time.</p>
        <Check isSelected={on} onChange={change}>The key ? opens this</Check>
      </div>
    </Sheet>
  );
}

function isOn(): boolean {
  try {
    return localStorage.getItem(SWITCH) !== "off";
  } catch {
    return true;
  }
}

function keep(on: boolean): void {
  try {
    localStorage.setItem(SWITCH, on ? "on" : "off");
  } catch {
    // It holds until the page is left; there is nothing of the plan in it.
  }
}

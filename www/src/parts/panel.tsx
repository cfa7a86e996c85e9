/** What is beside the plan on a wide screen, and a sheet from the bottom on a phone. */
import { X } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { IconAction } from "./controls";
import { Sheet, SheetBody } from "./sheet";

interface PanelProps {
  title: string;
  wide: boolean;
  foot?: ReactNode;
  onClose: () => void;
  children: ReactNode;
}

export function Panel({ wide, ...props }: PanelProps) {
  return wide ? <SidePanel {...props} /> : <Sheet isOpen {...props} />;
}

/** Not modal: the plan beside it stays in use. Escape closes it and gives the focus back. */
function SidePanel({ title, foot, onClose, children }: Omit<PanelProps, "wide">) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    heading.current?.focus({ preventScroll: true });
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    <aside
      className="side-panel"
      aria-label={title}
      onKeyDown={(event) => {
        // Escape in a field whose list is open closes the list only.
        const listIsOpen = event.target instanceof Element && event.target.getAttribute("aria-expanded") === "true";
        if (event.key === "Escape" && !event.defaultPrevented && !listIsOpen) onClose();
      }}
    >
      <header className="sheet-head">
        <h2 tabIndex={-1} ref={heading}>{title}</h2>
        <IconAction label="Close" onPress={onClose}><X aria-hidden size={22} /></IconAction>
      </header>
      <SheetBody>{children}</SheetBody>
      {foot ? <footer className="sheet-foot">{foot}</footer> : null}
    </aside>
  );
}

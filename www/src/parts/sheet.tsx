/** A modal sheet: from the bottom on a phone, in the middle on a wide screen. */
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { IconAction } from "./controls";
import { useScrollByKeys } from "./use-scroll-by-keys";

interface SheetProps {
  title: ReactNode;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
  /** Actions that stay in reach of the thumb while the content scrolls. */
  foot?: ReactNode;
  wide?: boolean;
}

export function Sheet({ title, isOpen, onClose, children, foot, wide }: SheetProps) {
  return (
    <ModalOverlay
      className="sheet-overlay"
      isOpen={isOpen}
      isDismissable
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Modal className={wide ? "sheet sheet-wide" : "sheet"}>
        <Dialog className="sheet-dialog">
          <header className="sheet-head">
            <Heading slot="title" level={2}>{title}</Heading>
            <IconAction label="Close" onPress={onClose}><X aria-hidden size={22} /></IconAction>
          </header>
          <SheetBody>{children}</SheetBody>
          {foot ? <footer className="sheet-foot">{foot}</footer> : null}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** What scrolls in a sheet or panel. */
export function SheetBody({ children }: { children: ReactNode }) {
  const body = useScrollByKeys<HTMLDivElement>();
  return <div className="sheet-body" ref={body}>{children}</div>;
}

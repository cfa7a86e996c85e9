/** Short messages about what just happened. They stay while they are pointed at or focused. */
import { X } from "lucide-react";
import { useEffect } from "react";
import {
  Button,
  Text,
  UNSTABLE_Toast as Toast,
  UNSTABLE_ToastContent as ToastContent,
  UNSTABLE_ToastQueue as ToastQueue,
  UNSTABLE_ToastRegion as ToastRegion,
} from "react-aria-components";

export interface Notice {
  tone: "calm" | "bad";
  text: string;
  /** What can be done about it while the message stays. */
  action?: { label: string; run: () => void };
}

const queue = new ToastQueue<Notice>({ maxVisibleToasts: 3 });

export function notify(notice: Notice): void {
  queue.add(notice, { timeout: notice.tone === "bad" || notice.action ? 15_000 : 5_000 });
}

/** F6 goes to the newest message's first button; closing it gives the focus back. */
function goToMessage(event: KeyboardEvent): void {
  const button = document.querySelector<HTMLElement>(".toasts [role=alertdialog] button");
  if (event.key !== "F6" || !button) return;
  event.preventDefault();
  event.stopPropagation();
  button.focus();
}

export function Toasts() {
  useEffect(() => {
    // Before a sheet sees it.
    window.addEventListener("keydown", goToMessage, true);
    return () => window.removeEventListener("keydown", goToMessage, true);
  }, []);
  return (
    <ToastRegion queue={queue} className="toasts" aria-label="Messages">
      {({ toast }) => (
        <Toast toast={toast} className={`toast toast-${toast.content.tone}`}>
          <ToastContent>
            <Text slot="title">{toast.content.text}</Text>
          </ToastContent>
          {toast.content.action ? (
            <Button
              className="toast-action"
              onPress={() => {
                toast.content.action?.run();
                queue.close(toast.key);
              }}
            >
              {toast.content.action.label}
            </Button>
          ) : null}
          <Button slot="close" className="icon-button" aria-label="Dismiss">
            <X aria-hidden size={18} />
          </Button>
        </Toast>
      )}
    </ToastRegion>
  );
}

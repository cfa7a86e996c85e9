/** Edits that could not stand stay here until somebody has read them. */
import { useRefusals, useWorkspace } from "@wedsync/core/react";

export function Refusals() {
  const workspace = useWorkspace();
  return useRefusals().map(({ key, message, receipts, text }) => (
    <div key={key} role="alert">
      <p>{receipts.map((receipt) => receipt.title).join("; ")}: {message}</p>
      {text ? <blockquote>{text}</blockquote> : null}
      <button onClick={() => void workspace.dismiss(receipts.map((receipt) => receipt.uuid))}>I have read this</button>
    </div>
  ));
}

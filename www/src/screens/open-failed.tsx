/** The plan on this device could not be opened: what is wrong, and what to do. */
import type { ErrorCode } from "@wedsync/core";
import { Action } from "../parts/controls";
import { Title } from "../parts/shell";
import { UpdateButton } from "../parts/status-bar";
import { errorInfo } from "../workspace";

export function OpenFailed({ error, onRetry }: { error: unknown; onRetry: () => Promise<void> }) {
  const { code, message } = errorInfo(error);
  return (
    <main className="page narrow stack">
      <Title>The plan cannot be opened</Title>
      <div className="card card-bad" role="alert">
        <p><strong>{message}</strong></p>
        <p>{openHelp(code)}</p>
      </div>
      <div className="actions">
        <Action kind="main" onPress={() => void onRetry()}>Try again</Action>
        <Action onPress={() => window.location.reload()}>Reload</Action>
      </div>
      <UpdateButton />
    </main>
  );
}

function openHelp(code: ErrorCode): string {
  switch (code) {
    case "quota_exceeded": return "This device has no space left for the browser. Free some and try again; what was saved is still there.";
    case "storage_blocked": return "Another tab of this app runs an older version. Close the other tabs, then try again.";
    case "storage_unavailable": return "The browser gives no storage here, as in private windows. Use a normal window.";
    case "storage_newer": return "A newer version of the app wrote this plan. Reload to get it.";
    case "storage_damaged": return "The browser’s database is damaged. Do not clear it yet: edits that wait may still be in it. Ask your coordinator.";
    case "insecure_context": return "Open the app by its https:// address.";
    case "storage_deleted": return "The browser deleted this device’s copy. Try again to fetch it from the hub.";
    default: return "What was saved on this device is still there. Try again, or reload.";
  }
}

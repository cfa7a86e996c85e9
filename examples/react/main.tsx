/** Signs in by the code in the address (`/#join=CODE`) and opens the workspace, once, outside of React. */
import { account, join, openWorkspace } from "@wedsync/core";
import { WorkspaceProvider } from "@wedsync/core/react";
import { StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { Failure } from "./failure";

const hub = location.origin;

async function open() {
  const code = /^#join=(.+)/.exec(location.hash)?.[1];
  if (code && !(await account())) await join({ hub, code, deviceName: "React example" });
  return openWorkspace({ hub });
}

const opening = open();

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <Failure>
      <Suspense fallback={<p>Opening…</p>}>
        <WorkspaceProvider workspace={opening}>
          <App />
        </WorkspaceProvider>
      </Suspense>
    </Failure>
  </StrictMode>,
);

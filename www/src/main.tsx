import { createRoot } from "react-dom/client";
import { App } from "./app";
import { registerServiceWorker } from "./register";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/shell.css";
import "./styles/event.css";
import "./styles/timeline.css";
import "./styles/conflicts.css";
import "./styles/coverage.css";
import "./styles/print.css";
import "./styles/notes.css";
import "./styles/history.css";
import "./styles/contrast.css";

const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);
registerServiceWorker();

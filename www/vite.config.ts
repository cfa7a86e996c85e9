import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  base: "/",
  plugins: [react()],
  // The package is linked from the folder above: it must meet the same React, and it brings its own .wasm.
  resolve: { dedupe: ["react", "react-dom"] },
  optimizeDeps: { exclude: ["@wedsync/core"] },
  build: {
    outDir: "dist",
    target: "es2022",
    // Inline data: fonts or scripts would need a wider content security policy.
    assetsInlineLimit: 0,
    // The service worker keeps every file before it takes over: the shell is whole offline, the notes' editor too.
    chunkSizeWarningLimit: 900,
  },
  server: {
    proxy: {
      "/v1": { target: "http://127.0.0.1:8787", ws: true },
      "/health": "http://127.0.0.1:8787",
    },
  },
});

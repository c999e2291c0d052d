import { defineConfig } from "vite";

// light-dark() and nesting are kept as written: browsers that lack them are older than 2024.
const browsers = ["chrome123", "firefox121", "safari17.5"];

export default defineConfig({
  base: "/static/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: browsers,
    cssTarget: browsers,
    modulePreload: false,
    reportCompressedSize: true,
    chunkSizeWarningLimit: 400,
    rollupOptions: {
      input: {
        workbench: "src/workbench/main.tsx",
        style: "src/style.css",
        plots: "src/plots/main.ts",
        page: "src/page/main.ts",
        experts: "src/experts/main.ts",
      },
    },
  },
});

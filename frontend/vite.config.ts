import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

// light-dark() and nesting are kept as written: browsers that lack them are older than 2024.
const browsers = ["chrome123", "firefox121", "safari17.5"];

/** Chunks are loaded by the browser's own import(): what Vite puts around it preloads styles, and no chunk has any (styles
 *  are all in style.css, or imported as text). Half a kilobyte on the path of every labeller. */
const plainImports: Plugin = {
  name: "plain-imports",
  enforce: "pre",
  load: (id) => (id.includes("vite/preload-helper") ? "export const __vitePreload = (load) => load();" : null),
};

/** What the labeller's page and every other page that draws answers have in common, and what nearly every page has: in
 *  one chunk each, since a chunk more costs a labeller a hundred bytes and a request. */
const COMMON = /preload-helper|node_modules\/(preact\/(?!hooks)|@preact|tinykeys)|src\/(schemas\/index|shared\/(AnswerBox|signals|csrf|http|keysOn|later|material\/(Material|input))|workbench\/keymap)\.tsx?$/;
const SMALL = /src\/shared\/(i18n|stored)\.ts$/;
const GROUPS = [{ name: "small", test: SMALL, priority: 2 }, { name: "common", test: COMMON, priority: 1 }];

export default defineConfig({
  plugins: [plainImports],
  base: "/static/",
  resolve: {
    alias: [{ find: /^@preact\/signals$/, replacement: fileURLToPath(new URL("src/shared/signals.ts", import.meta.url)) }],
  },
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
        watch: "src/page/watch.ts",
        experts: "src/experts/main.ts",
        answer: "src/answer/main.tsx",
        question: "src/question/main.tsx",
        frame: "src/question/frame.tsx",
        worker: "src/offline/worker.ts",
      },
      output: { codeSplitting: { groups: GROUPS } },
    },
  },
});

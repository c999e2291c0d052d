// Fails when a page's scripts weigh more than its limit: an entry with everything it loads at once, gzipped.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMITS = {
  // What a labeller of text waits for: the entry and its kind of label.
  "src/workbench/main.tsx": { bytes: 20_000, with: ["src/schemas/single_choice/index.ts"] },
  "src/page/main.ts": { bytes: 2_000 },
  "src/page/watch.ts": { bytes: 2_000 },
  "src/experts/main.ts": { bytes: 2_000 },
  "src/plots/main.ts": { bytes: 110_000 },
  "src/offline/worker.ts": { bytes: 2_000 },
  "src/style.css": { bytes: 10_000 },
};

const dist = new URL("./dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("manifest.json", dist), "utf8"));

function files(key, found = new Set()) {
  const entry = manifest[key];
  if (!entry) throw new Error(`${key} is not in dist/manifest.json: run the build first`);
  if (found.has(entry.file)) return found;
  found.add(entry.file);
  for (const next of entry.imports ?? []) files(next, found);
  return found;
}

let heavy = 0;
for (const [key, limit] of Object.entries(LIMITS)) {
  const all = new Set([key, ...(limit.with ?? [])].flatMap((name) => [...files(name)]));
  const bytes = [...all].reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length, 0);
  const over = bytes > limit.bytes;
  heavy += over ? 1 : 0;
  console.log(`${over ? "TOO LARGE" : "ok"}\t${bytes}\tof ${limit.bytes}\t${key}`);
}
process.exitCode = heavy > 0 ? 1 : 0;

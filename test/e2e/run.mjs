// Runs every scenario against a server of its own: npm ci --ignore-scripts && node run.mjs [part of a file's name]
import { readdirSync } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { findChromium } from './chromium.mjs';
import { startServer } from './server.mjs';

const scenarios = fileURLToPath(new URL('scenarios/', import.meta.url));
const files = readdirSync(scenarios)
  .filter((name) => name.endsWith('.test.mjs') && name.includes(process.argv[2] ?? ''))
  .map((name) => scenarios + name);

// From the start, so that no server is left behind.
const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => abort.abort());

let server;
try {
  if (files.length === 0) throw new Error(`No file in ${scenarios} has ${process.argv[2]} in its name.`);
  process.env.CHROMIUM = findChromium();
  server = await startServer();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
// The files run as processes of their own, which find the server here.
Object.assign(process.env, { API: server.url, SANDBOX: server.sandboxUrl });

let passed = 0;
let failed = 0;
const results = run({ files, concurrency: false, timeout: 1_200_000, signal: abort.signal })
  .on('test:pass', () => passed++)
  .on('test:fail', () => failed++);
for await (const text of results.compose(new spec())) process.stdout.write(text);
await server.stop();

// A run in which nothing ran proves nothing.
if (failed > 0 || passed < files.length || abort.signal.aborted) {
  process.exitCode = 1;
  console.error(server.log());
}

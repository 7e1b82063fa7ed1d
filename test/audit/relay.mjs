// Compiles the operations of relay/ against the schema into relay/artifacts/: node relay.mjs
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
mkdirSync(`${here}relay/artifacts`, { recursive: true });
// The compiler takes no schema with another ending.
copyFileSync(`${here}../../schema.graphqls`, `${here}relay/schema.graphql`);
execFileSync(process.execPath, [`${here}node_modules/relay-compiler/cli.js`, 'relay.config.json'], {
  cwd: here,
  // Where it finds git, it stages what it makes. Nobody asked it to.
  env: { PATH: '/nowhere' },
  stdio: ['ignore', 'ignore', 'inherit'],
});
console.log('ok    relay-compiler: the schema and the operations fit');

import { execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const startsWithin = 90_000;
const endsWithin = 30_000;

/**
 * Builds the server and starts it with a sandbox, a Postgres and a Redis of its own. Answers its URL, its sandbox's, its
 * log without debug lines, and `stop`, after which nothing of it is left.
 */
export async function startServer() {
  if (!existsSync(`${root}web/dist/playground.html`)) must('make', ['web']);
  const folder = mkdtempSync(join(tmpdir(), 'rg-e2e-'));
  chmodSync(folder, 0o755); // where we are root, Postgres runs as nobody and has to come in
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const binary = join(folder, 'resident-graph');
    must('go', ['build', '-o', binary, '.']);
    const { port, sandboxPort, running } = await startSomewhere(binary, { DATA_DIR: join(folder, 'data') });
    return {
      url: `http://localhost:${port}`,
      sandboxUrl: `http://localhost:${sandboxPort}`,
      log: running.log,
      stop: () => running.stop().finally(remove),
    };
  } catch (error) {
    remove();
    throw error;
  }
}

function must(command, args) {
  try {
    execFileSync(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  } catch (error) {
    throw new Error(error.code === 'ENOENT' ? `${command} is missing: install it.` : `${command} ${args.join(' ')} failed.`);
  }
}

async function start(binary, environment) {
  const lines = [];
  // Of the caller's environment only what a process needs: DATABASE_URL and the like are somebody else's.
  const { PATH, HOME, TMPDIR, POSTGRES_BIN } = process.env;
  const env = { PATH, HOME, TMPDIR, POSTGRES_BIN, MODE: 'sandbox', ...environment };
  const child = spawn(binary, { cwd: root, env: defined(env), stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  createInterface(child.stderr).on('line', (line) => line.includes('"level":"DEBUG"') || lines.push(line));
  const log = () => lines.join('\n');
  const stop = async () => {
    const hard = setTimeout(() => child.kill('SIGKILL'), endsWithin);
    child.kill('SIGTERM');
    await exited;
    clearTimeout(hard);
  };
  const ready = new Promise((resolve) => {
    createInterface(child.stdout).on('line', (line) => line.startsWith('ready ') && resolve('ready'));
  });
  const late = new Promise((resolve) => setTimeout(resolve, startsWithin, 'late').unref());
  if (await Promise.race([ready, late, exited]) !== 'ready') {
    await stop();
    throw new Error(`The server did not start.\n${log()}`);
  }
  return { log, stop };
}

/** Starts the server on two ports; on others when somebody has taken one of them meanwhile. */
async function startSomewhere(binary, environment, tries = 3) {
  const [port, sandboxPort] = await freePorts(2);
  try {
    return { port, sandboxPort, running: await start(binary, { ...environment, PORT: port, SANDBOX_PORT: sandboxPort }) };
  } catch (error) {
    if (tries === 1 || !error.message.includes('address already in use')) throw error;
    return startSomewhere(binary, environment, tries - 1);
  }
}

function defined(values) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined).map(([k, v]) => [k, String(v)]));
}

/** Ports that nothing listens on now, all of them different, and of those that no system gives to outgoing connections. */
async function freePorts(count) {
  const ports = new Set();
  while (ports.size < count) {
    const server = createServer();
    const listening = once(server, 'listening').then(() => true, () => false); // else it is taken: another
    server.listen(randomInt(10_000, 32_000), '127.0.0.1');
    if (!await listening) continue;
    ports.add(server.address().port);
    await once(server.close(), 'close');
  }
  return [...ports];
}

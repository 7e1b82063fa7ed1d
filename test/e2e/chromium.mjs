import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

/** The path of a Chromium: $CHROMIUM, else the one on PATH, else Debian's, which root installs. Throws what is missing. */
export function findChromium() {
  const found = process.env.CHROMIUM ?? onPath('chromium') ?? onPath('chromium-browser');
  if (found) return found;
  if (process.getuid?.() === 0 && onPath('apt-get')) {
    const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const args of [['update', '-qq'], ['install', '-y', '-qq', 'chromium']]) {
      execFileSync('apt-get', args, { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
    }
    const installed = onPath('chromium');
    if (installed) return installed;
  }
  throw new Error('Chromium is missing: install it (Debian: apt-get install chromium) or say where it is with CHROMIUM.');
}

function onPath(name) {
  return (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name)).find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A browser with a profile of its own, for which there is no host but this one. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM,
    headless: true,
    // Root has no sandbox, and the only pages here are ours.
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
    ],
  });
}

// Exercises the clients that people use: node clients.mjs http://localhost:8080 http://localhost:8090
// Each asks a query, sends a mutation and follows the changes over a line that is cut in between; what it was told must
// be what happened, in order, each change exactly once.
import { setTimeout as sleep } from 'node:timers/promises';
import * as apollo from './clients/apollo.mjs';
import * as sse from './clients/graphql-sse.mjs';
import * as urql from './clients/urql.mjs';
import * as ws from './clients/graphql-ws.mjs';
import './relay.mjs';
import { line } from './cut.mjs';
import { home, setAuthLocks } from './documents.mjs';
import { resident } from './resident.mjs';

// What it imports has been compiled just now.
const relay = await import('./clients/relay.mjs');
const [base = 'http://localhost:8080', sandbox = 'http://localhost:8090'] = process.argv.slice(2);

/** Locks or unlocks a way of authenticating and answers the event's id. */
async function lock(ask, type, locked) {
  const { setAuthLocks: payload } = await ask(setAuthLocks, {
    input: { idempotencyKey: crypto.randomUUID(), changes: [{ type, locked }] },
  });
  if (payload.errors.length > 0) throw new Error(JSON.stringify(payload.errors));
  return payload.event.eventId;
}

/** Waits until the changes tell that the event has ended. */
async function ended(changes, eventId, who) {
  for (let waited = 0; waited < 30_000; waited += 20) {
    if (changes.failure) throw new Error(`the subscription failed: ${JSON.stringify(changes.failure) ?? changes.failure}`);
    if (changes.some(({ event }) => event.eventId === eventId && event.status === 'SUCCESS')) return;
    await sleep(20);
  }
  throw new Error(`${who} did not learn in 30 s that an event has ended`);
}

/** Collects what a subscription tells. */
function record(client, after) {
  const changes = [];
  const stop = client.follow(after, {
    next: (change) => changes.push(change),
    error: (failure) => {
      changes.failure = failure;
    },
  });
  return { changes, stop };
}

async function exercise(kind, n) {
  const me = await resident(base, sandbox, n);
  const cable = await line(base);
  const client = kind.open(cable.base, me.cookie, base);
  const witness = sse.open(base, me.cookie);
  const stops = [];
  try {
    const { viewer } = await client.ask(home);
    await client.own?.();
    const { locked } = viewer.authLocks.find(({ type }) => type === 'DEMO');
    const { changes, stop } = record(client, viewer.changeCursor);
    stops.push(stop);
    await ended(changes, await lock(client.ask, 'DEMO', !locked), kind.name);

    cable.cut();
    const before = changes.length;
    const missed = record(witness, viewer.changeCursor);
    stops.push(missed.stop);
    await ended(missed.changes, await lock(me.ask, 'DEMO', locked), 'the witness');
    if (changes.length !== before) throw new Error('the line was not cut');
    cable.mend();
    const last = await lock(me.ask, 'DEMO', !locked);
    await ended(changes, last, kind.name);

    // What happened is what one asks for from the start on a line that was never cut.
    await ended(missed.changes, last, 'the witness');
    const again = record(witness, viewer.changeCursor);
    stops.push(again.stop);
    await ended(again.changes, last, 'the witness');
    const [told, happened, live] = [changes, again.changes, missed.changes].map((list) => list.map(({ cursor }) => cursor));
    if (told.join() !== happened.join() || live.join() !== happened.join() || new Set(told).size !== told.length) {
      throw new Error(`told ${told.length} changes, ${happened.length} happened`);
    }
    console.log(`ok    ${kind.name}: query, mutation, subscription; ${told.length} changes over a cut line, each once, in order`);
  } finally {
    for (const stop of stops) stop();
    await client.close();
    await witness.close();
    await cable.close();
  }
}

for (const [n, kind] of [ws, sse, urql, apollo, relay].entries()) {
  try {
    await exercise(kind, n);
  } catch (err) {
    console.log(`FAIL  ${kind.name}: ${err.stack}`);
    process.exitCode = 1;
  }
}
// Kept-alive connections of fetch would hold the process for seconds.
process.exit();

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

/** Asks until the answer is good, and answers it; fails with what was last answered. */
export async function eventually(what, ask, isGood, within = 45_000) {
  const deadline = Date.now() + within;
  for (;;) {
    const answer = await ask();
    if (isGood(answer)) return answer;
    assert.ok(Date.now() < deadline, `not within ${within / 1000} s: ${what}; it is ${JSON.stringify(answer)}`);
    await pause(50);
  }
}

/** Waits until an element says something. */
export function expectText(locator, pattern) {
  return eventually(`${locator} says ${pattern}`, () => locator.textContent(), (text) => pattern.test(text.trim()));
}

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Fails on what axe-core finds serious or critical on a page. `known` names rules that are not ours to keep. */
export async function accessible(page, { known = [], include } = {}) {
  await page.evaluate(source);
  // axe-core takes a page that sets no background for white, also where the browser paints it in its dark scheme.
  await page.evaluate(() => {
    document.documentElement.style.backgroundColor ||= 'Canvas';
  });
  const { violations, passes } = await page.evaluate((within) => globalThis.axe.run(within ?? document), include);
  assert.ok(passes.length > 0, 'axe-core looked at something');
  const grave = violations
    .filter(({ id, impact }) => ['serious', 'critical'].includes(impact) && !known.includes(id))
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  assert.deepEqual(grave, [], `axe-core on ${new URL(page.url()).pathname}`);
}

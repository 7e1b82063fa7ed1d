import { after, before, test } from 'node:test';
import { launch } from './chromium.mjs';
import { reportViolations, Watch } from './watch.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/**
 * A scenario, as a sentence. `story` gets a function that opens a browser context (cookies of its own, a screen wide
 * enough that GraphiQL wraps no line) and answers it with its watch; all of them are judged at the end.
 */
export function scenario(sentence, story) {
  test(sentence, { timeout: 300_000 }, async () => {
    const opened = [];
    const someone = async (options) => {
      const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1920, height: 1080 }, ...options });
      await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: process.env.API });
      context.setDefaultTimeout(45_000);
      const watch = new Watch(context);
      await reportViolations(context);
      opened.push({ context, watch });
      return { context, watch };
    };
    try {
      await story(someone);
    } finally {
      for (const { context, watch } of opened) {
        await watch.settle();
        await context.close();
      }
    }
    for (const { watch } of opened) watch.verdict();
  });
}

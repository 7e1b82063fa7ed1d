import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { eventually } from './eventually.mjs';

const { API } = process.env;

/** What a person does on the playground. */
export class Playground {
  constructor(page) {
    this.page = page;
  }

  /** A further window of the same browser. */
  static async open(context) {
    const page = await context.newPage();
    await page.goto(`${API}/playground`);
    return new Playground(page);
  }

  tabs() {
    return this.page.locator('.graphiql-tab-button').allTextContents();
  }

  /** Chooses a tab by its title and changes its variables, if given. */
  async choose(title, variables) {
    await this.page.bringToFront(); // a window behind another is drawn every few seconds only
    await this.page.locator('.graphiql-tab-button').filter({ hasText: new RegExp(`^${title}$`) }).click();
    if (!variables) return;
    const editor = this.page.locator('.graphiql-editor-tool .monaco-editor').first();
    const written = () => visible(editor).then(parsed);
    const names = Object.keys(variables);
    const before = await eventually(`${title} has the variables ${names}`, written, (v) => names.every((name) => name in v));
    const wanted = { ...before, ...variables };
    await editor.click();
    await this.page.keyboard.press('Control+A');
    // Pasted, as a person does: the editor closes brackets and quotes that are typed.
    await this.page.evaluate((text) => navigator.clipboard.writeText(text), JSON.stringify(wanted, null, 2));
    await this.page.keyboard.press('Control+V');
    await eventually(`${title} has its variables changed`, written, (v) => isDeepStrictEqual(v, wanted));
  }

  /** Presses play; for a stream that is all. */
  play() {
    return this.page.getByRole('button', { name: /^Execute query/ }).click();
  }

  /** Presses play and answers what the server answered, once the page shows it. */
  async ask(title, variables) {
    await this.choose(title, variables);
    const answered = this.page.waitForResponse((response) => {
      return response.url() === `${API}/graphql` && response.request().postDataJSON()?.operationName === title;
    });
    await this.play();
    const answer = await (await answered).json();
    const first = Object.keys(answer.data ?? {})[0] ?? 'errors';
    await this.shows(new RegExp(`"${first}":`));
    return answer;
  }

  /** As `ask`, and nothing may have gone wrong. Answers the data. */
  async must(title, variables) {
    const { data, errors } = await this.ask(title, variables);
    assert.equal(errors, undefined, `${title} answers without errors`);
    for (const [field, payload] of Object.entries(data)) {
      assert.ok(payload, `${title}: ${field} is there`);
      assert.deepEqual(payload.errors ?? [], [], `${title}: ${field} was not refused`);
    }
    return data;
  }

  /** What the response pane shows; its long texts only as far as they are in view. */
  response() {
    return visible(this.page.locator('.graphiql-response .monaco-editor').first());
  }

  /** Waits until the response pane shows something, and answers all that it shows. */
  shows(pattern) {
    return eventually(`the response shows ${pattern}`, () => this.response(), (text) => pattern.test(text));
  }

  /** Asks until the answer is good. */
  untilAnswered(title, isGood) {
    return eventually(`${title} answers well`, () => this.ask(title), isGood);
  }

  /** Waits until the server has taken the next subscription; to be called before play. */
  async opensStream(transport) {
    if (transport !== 'WebSocket') {
      await this.page.waitForResponse((r) => /^text\/event-stream/.test(r.headers()['content-type'] ?? ''));
      return;
    }
    const socket = await this.page.waitForEvent('websocket');
    await socket.waitForEvent('framesent', ({ payload }) => JSON.parse(payload).type === 'subscribe');
  }

  /** Ends the running stream. */
  stop() {
    return this.page.getByRole('button', { name: /^Stop query/ }).click();
  }

  /** Waits until no stream runs. */
  isStopped() {
    return this.page.getByRole('button', { name: /^Execute query/ }).waitFor();
  }

  transport(name) {
    return this.page.getByLabel('Subscriptions over').selectOption({ label: name });
  }

  status() {
    return this.page.getByRole('status');
  }
}

/** The lines of an editor that are in view. */
async function visible(editor) {
  const lines = await editor.locator('.view-line').evaluateAll((all) => {
    return all.map((line) => [line.getBoundingClientRect().top, line.textContent]).sort(([a], [b]) => a - b);
  });
  return lines.map(([, text]) => text).join('\n').replaceAll('\u00a0', ' ');
}

/** What a text holds as JSON; nothing while it is half drawn. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

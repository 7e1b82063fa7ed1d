import assert from 'node:assert/strict';

const { API: api, SANDBOX: sandbox } = process.env;
const own = [api, sandbox];

// What every answer of ours must carry, whatever it is; a front end's Content-Security-Policy says more. Not
// Strict-Transport-Security, which means nothing over http and which Chromium drops from what it cached.
const everyAnswer = {
  'content-security-policy': /default-src 'none'.*frame-ancestors 'none'/,
  'x-content-type-options': /^nosniff$/,
  'referrer-policy': /^no-referrer$/,
  'permissions-policy': /camera=\(\)/,
  'cross-origin-opener-policy': /^same-origin$/,
  'cross-origin-resource-policy': /^same-origin$/,
  'cache-control': /no-store|no-cache|immutable|private/,
};

// The form of the sandbox's e-Signet.
const signInPage = {
  'content-security-policy': /default-src 'none'.*form-action 'self'.*frame-ancestors 'none'/,
  'x-content-type-options': /^nosniff$/,
  'x-frame-options': /^DENY$/,
  'referrer-policy': /^same-origin$/,
  'cache-control': /no-store/,
};

/**
 * Watches everything that a browser context does. `verdict` fails when, on a page of ours, something was written to the
 * console as an error, a policy was violated, a header was missing, or when any request left this machine. What must go
 * wrong in a scenario is allowed beforehand.
 */
export class Watch {
  #found = [];
  #allowed = [];
  #reading = [];

  constructor(context) {
    context.on('page', (page) => this.#page(page));
    context.on('request', (request) => this.#address(request.url()));
    context.on('response', (response) => this.#reading.push(this.#headers(response)));
    context.on('console', (message) => this.#console(message));
    context.on('weberror', (error) => {
      if (isOwn(error.page()?.url())) this.#found.push(`exception: ${error.error().message}`);
    });
  }

  /** Lets console errors pass that match a pattern. Their address stands behind them in brackets. */
  allow(pattern) {
    this.#allowed.push(pattern);
  }

  /** Once everything that was answered is looked at; for before the context closes. */
  settle() {
    return Promise.all(this.#reading);
  }

  verdict() {
    const found = [...new Set(this.#found)];
    if (found.length > 0) assert.fail(`what no page of ours may do:\n${found.join('\n')}`);
  }

  #page(page) {
    page.on('websocket', (socket) => this.#address(socket.url()));
  }

  #address(url) {
    const { protocol, hostname } = new URL(url);
    if (['data:', 'blob:', 'about:'].includes(protocol) || ['localhost', '127.0.0.1'].includes(hostname)) return;
    this.#found.push(`a request to ${hostname || protocol}`);
  }

  #console(message) {
    if (message.type() !== 'error' || !isOwn(message.page()?.url())) return;
    const text = `${message.text()} (${message.location().url})`;
    if (!this.#allowed.some((pattern) => pattern.test(text))) this.#found.push(`console: ${text}`);
  }

  async #headers(response) {
    const { origin, pathname } = new URL(response.url());
    const wanted = wantedHeaders(origin, pathname, response.status());
    const headers = await response.allHeaders().catch(() => undefined); // a page that was left tells no more
    if (!headers) return;
    for (const [name, pattern] of Object.entries(wanted)) {
      if (!pattern.test(headers[name] ?? '')) this.#found.push(`${pathname}: ${name} is ${headers[name]}`);
    }
  }
}

function wantedHeaders(origin, pathname, status) {
  if (origin === api) return everyAnswer;
  const isPage = status < 300 || status >= 400;
  return origin === sandbox && pathname === '/authorize' && isPage ? signInPage : {};
}

function isOwn(url) {
  return url !== undefined && URL.canParse(url) && own.includes(new URL(url).origin);
}

/** Has every page report what its policy kept it from, which the console would not always say. */
export async function reportViolations(context) {
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy violated: ${event.violatedDirective} by ${event.blockedURI}`);
    });
  });
}

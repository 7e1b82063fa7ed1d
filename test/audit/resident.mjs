// A resident who signs in as a browser would, by the pages' own forms.
import http from 'node:http';
import https from 'node:https';

/** Cookies by host name, as browsers keep them (ports do not count). */
class Jar {
  #cookies = new Map();

  take(url, lines) {
    for (const line of lines) {
      const [pair, ...attributes] = line.split(';').map((part) => part.trim());
      const at = pair.indexOf('=');
      const key = `${new URL(url).hostname} ${pair.slice(0, at)}`;
      if (attributes.some((a) => /^max-age=(0|-\d+)$/i.test(a))) this.#cookies.delete(key);
      else this.#cookies.set(key, pair);
    }
  }

  header(url) {
    const host = `${new URL(url).hostname} `;
    return [...this.#cookies].filter(([key]) => key.startsWith(host)).map(([, pair]) => pair).join('; ');
  }
}

/** One request as a browser navigates; fetch calls itself a script, which the sign-in refuses. */
function navigate(url, { method = 'GET', headers, body }) {
  return new Promise((resolve, reject) => {
    const { request } = url.startsWith('https:') ? https : http;
    const sent = request(url, { method, headers: { ...headers, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' } }, async (response) => {
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      resolve({ status: response.statusCode, headers: response.headers, text });
    });
    sent.on('error', reject).end(body);
  });
}

/** Fetches a page and follows its redirects with the jar's cookies. Answers the page with where it was found. */
async function browse(jar, url, init = {}) {
  for (let hops = 0; hops < 10; hops++) {
    const { status, headers, text } = await navigate(url, { ...init, headers: { ...init.headers, cookie: jar.header(url) } });
    jar.take(url, headers['set-cookie'] ?? []);
    if (!headers.location) return { url, status, text };
    url = new URL(headers.location, url).href;
    init = {};
  }
  throw new Error('too many redirects');
}

function unescape(text) {
  return text.replace(/&(amp|lt|gt|#34|quot|#39|#43);/g, (_, name) => ({ amp: '&', lt: '<', gt: '>', '#34': '"', quot: '"', '#39': "'", '#43': '+' })[name]);
}

/** What a form sends when nothing in it is touched: hidden fields and ticked boxes. */
function preset(page) {
  const values = new URLSearchParams();
  for (const [input] of page.matchAll(/<input[^>]*(?:type="hidden"|\schecked)[^>]*>/g)) {
    values.append(unescape(/name="([^"]*)"/.exec(input)[1]), unescape(/value="([^"]*)"/.exec(input)[1]));
  }
  return values;
}

/** Signs in at the API and answers the cookies to send with every request. */
async function signIn(base, individualId) {
  const jar = new Jar();
  const form = await browse(jar, `${base}/auth/login?return=/healthz`);
  const values = preset(form.text);
  values.set('individualId', individualId);
  values.set('otp', '111111');
  const action = new URL(unescape(/<form[^>]*action="([^"]*)"/.exec(form.text)?.[1] ?? ''), form.url);
  const end = await browse(jar, action.href, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: values.toString(),
  });
  if (end.status !== 204) throw new Error(`sign-in ended at ${new URL(end.url).pathname} with ${end.status}`);
  return jar.header(base);
}

/** The n-th resident of the sandbox, signed in. `ask` answers the data of an operation or throws. */
export async function resident(base, sandbox, n) {
  const everyone = await (await fetch(`${sandbox}/sandbox/residents`)).json();
  const cookie = await signIn(base, everyone[n].uin);
  const ask = async (query, variables) => {
    const response = await fetch(`${base}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', cookie },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(errors.map((e) => `${e.extensions?.code} ${e.message} at ${e.path}`).join('; '));
    return data;
  };
  return { cookie, ask };
}

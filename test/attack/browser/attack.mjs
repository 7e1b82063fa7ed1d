// A resident is signed in, and pages of other origins try what a page can. One JSON line at the end says what came of it.
// node attack.mjs '{"server": "http://localhost:8080", "individualId": "…", "port": 9000}'
import { chromium } from 'playwright-core';

const { server, individualId, port, executable } = JSON.parse(process.argv[2]);
const origins = [`http://localhost:${port}`, `http://127.0.0.1:${port}`, `http://evil.test:${port}`];
const browser = await chromium.launch({
  executablePath: executable,
  // Root has no sandbox, and the only pages here are ours.
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--host-resolver-rules=MAP evil.test 127.0.0.1'],
});
let count = 0;
const mutation = () =>
  `mutation { setAuthLocks(input: {idempotencyKey: "browser-${count++}-${port}", changes: [{type: DEMO, locked: false}]}) { event { eventId } } }`;

/** Sends an operation from a page of the server's own. */
const ask = (page, query) => page.evaluate(async (q) => {
  const answer = await fetch('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query: q }) });
  return (await answer.json()).data;
}, query);

/** The newest change once nothing has moved for a while, null when nobody is signed in any more. */
async function settled(page) {
  let last, since = Date.now();
  while (Date.now() - since < 3000) {
    const now = (await ask(page, '{ viewer { changeCursor } }')).viewer?.changeCursor ?? null;
    if (now !== last) [last, since] = [now, Date.now()];
    await page.waitForTimeout(50);
  }
  return last;
}

/** What a page can do without leaving. Answers the names of what it could read or open. */
const fromWithin = (page, documents) => page.evaluate(async ({ server, documents }) => {
  const got = [], wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const next = () => documents.pop();
  const within = (ms, promise) => Promise.race([promise, wait(ms)]);
  const types = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/json', 'application/graphql', undefined];
  for (const mode of ['no-cors', 'cors']) {
    for (const type of types) {
      for (const method of ['POST', 'GET', 'PUT']) {
        const body = JSON.stringify({ query: next() });
        const address = method === 'GET' ? `${server}/graphql?query=${encodeURIComponent(next())}` : `${server}/graphql`;
        try {
          const answer = await within(20_000, fetch(address, { method, mode, credentials: 'include', headers: type ? { 'content-type': type } : {}, body: method === 'GET' ? undefined : body }));
          if (answer && answer.type !== 'opaque') got.push(`fetch ${mode} ${method} ${type}`);
        } catch { /* refused, as it should be */ }
      }
    }
  }
  for (const type of ['text/plain', 'application/json', 'application/x-www-form-urlencoded']) {
    try { navigator.sendBeacon(`${server}/graphql`, new Blob([JSON.stringify({ query: next() })], { type })); } catch { /* refused */ }
  }
  for (const protocols of [['graphql-transport-ws'], [], ['graphql-ws']]) {
    await within(2000, new Promise((done) => {
      const socket = new WebSocket(`${server.replace('http', 'ws')}/graphql`, protocols);
      socket.onopen = () => { got.push(`WebSocket ${protocols}`); done(); };
      socket.onerror = done;
    }));
  }
  await within(2000, new Promise((done) => {
    const stream = new EventSource(`${server}/graphql?query=${encodeURIComponent('subscription { eventChanged { cursor } }')}`, { withCredentials: true });
    stream.onopen = () => { got.push('EventSource'); done(); };
    stream.onerror = () => { stream.close(); done(); };
  }));
  const addresses = [() => `/graphql?query=${encodeURIComponent(next())}`, () => '/auth/logout', () => '/auth/login', () => '/auth/callback?code=x&state=y'];
  for (const address of addresses) {
    for (const [tag, attribute] of [['img', 'src'], ['script', 'src'], ['iframe', 'src'], ['embed', 'src'], ['object', 'data'], ['video', 'src']]) {
      await within(1500, new Promise((done) => {
        const element = document.createElement(tag);
        element.onload = element.onerror = done;
        element[attribute] = server + address();
        document.body.append(element);
        if (tag === 'embed' || tag === 'object' || tag === 'video') setTimeout(done, 200);
      }));
    }
    const style = document.createElement('link');
    Object.assign(style, { rel: 'stylesheet', href: server + address() });
    document.head.append(style);
  }
  await wait(300);
  return got;
}, { server, documents });

/** What a page can do by sending the browser away. Answers how many times the browser went. */
async function byLeaving(context, origin) {
  let went = 0;
  const leave = async (how, argument) => {
    const page = await context.newPage();
    await page.goto(`${origin}/`);
    const answered = page.waitForResponse((r) => r.url().startsWith(server), { timeout: 30_000 });
    await page.evaluate(how, argument);
    went += await answered.then(() => 1, () => 0);
    await page.close();
  };
  for (const enctype of ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']) {
    for (const path of ['/graphql', '/auth/logout', '/auth/backchannel-logout']) {
      await leave(({ action, enctype, query }) => {
        const form = document.createElement('form'), field = document.createElement('input');
        Object.assign(form, { method: 'post', action, enctype });
        // As text/plain it is JSON when it arrives: the equals sign ends up in a text.
        field.name = enctype === 'text/plain' ? `{"query":${JSON.stringify(query)},"x":"` : 'query';
        field.value = enctype === 'text/plain' ? '"}' : query;
        form.append(field);
        document.body.append(form);
        form.submit();
      }, { action: server + path, enctype, query: mutation() });
    }
  }
  for (const path of [`/graphql?query=${encodeURIComponent(mutation())}`, '/auth/logout', '/auth/callback?code=x&state=y']) {
    await leave((href) => { location.href = href; }, server + path);
  }
  return went;
}

try {
  const context = await browser.newContext();
  const own = await context.newPage();
  await own.goto(`${server}/auth/login?return=/playground`);
  await own.fill('[name=individualId]', individualId);
  await own.fill('[name=otp]', '111111');
  await Promise.all([own.waitForURL(`${server}/playground*`), own.click('button[type=submit]')]);
  const before = await settled(own), result = { origins: [], before: before !== null };
  for (const origin of origins) {
    const page = await context.newPage();
    await page.goto(`${origin}/`);
    const got = await fromWithin(page, Array.from({ length: 100 }, mutation));
    await page.close();
    const left = await byLeaving(context, origin);
    const state = (await ask(own, '{ session { state } }')).session.state;
    result.origins.push({ origin, got, left, state, moved: (await settled(own)) !== before });
  }
  await ask(own, mutation());
  result.ownMoves = (await settled(own)) !== before;
  console.log(JSON.stringify(result));
} finally {
  await browser.close();
}

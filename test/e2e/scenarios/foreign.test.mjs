import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { expectText } from '../eventually.mjs';
import { startForeignSite } from '../foreign.mjs';
import { Playground } from '../playground.mjs';
import { residentOf, signIn } from '../resident.mjs';
import { scenario } from '../scenario.mjs';

const { API } = process.env;
const mutation = 'mutation { generateVid(input: {type: TEMPORARY, idempotencyKey: "foreign-page-0001"}) { event { eventId } } }';

let site;
before(async () => {
  site = await startForeignSite();
});
after(() => site.close());

// One shares the cookies' site with us (ports do not count) and one does not: SameSite stops only the latter.
for (const [n, host] of ['localhost', '127.0.0.1'].entries()) {
  const origin = () => `http://${host}:${site.port}`;

  /** A resident who is signed in and has another site's page open in the same browser. */
  const both = async (someone) => {
    const { context, watch } = await someone();
    watch.allow(/status of 403/);
    const page = await context.newPage();
    await signIn(page, (await residentOf(11 + n)).uin);
    const playground = new Playground(page);
    const foreign = await context.newPage();
    await foreign.goto(`${origin()}/`);
    const state = async () => (await playground.must('Home')).viewer;
    return { context, playground, foreign, state, before: await state() };
  };

  /** What a change by somebody else would show in. */
  const trace = ({ vids, serviceHistory, authLocks, changeCursor }) => [vids.nodes, serviceHistory.nodes, authLocks, changeCursor];

  scenario(`A page at ${host} reads nothing and changes nothing by fetch.`, async (someone) => {
    const { foreign, state, before } = await both(someone);
    const attempts = await foreign.evaluate(async ([api, mutation]) => {
      const query = '{ viewer { profile { fullName { value } } } }';
      const post = (type, document) => ({ method: 'POST', body: JSON.stringify({ query: document }), headers: { 'content-type': type } });
      const inAddress = (document) => `/graphql?query=${encodeURIComponent(document)}`;
      const requests = [
        ['/graphql', post('application/json', query)],
        ['/graphql', post('text/plain', query)],
        ['/graphql', post('application/json', mutation)],
        ['/graphql', post('text/plain', mutation)],
        ['/graphql', { ...post('text/plain', mutation), mode: 'no-cors' }],
        [inAddress(query), {}],
        [inAddress(mutation), {}],
        [inAddress(mutation), { mode: 'no-cors' }],
        ['/graphql', { ...post('text/plain', query), headers: { accept: 'text/event-stream' } }],
        ['/playground/config.json', {}],
        ['/auth/logout', { mode: 'no-cors' }],
        ['/auth/login', { mode: 'no-cors' }],
      ];
      return Promise.all(requests.map(async ([path, init]) => {
        try {
          const response = await fetch(api + path, { ...init, credentials: 'include' });
          return response.type === 'opaque' ? 'unreadable' : `read: ${path} ${await response.text()}`;
        } catch {
          return 'unreadable';
        }
      }));
    }, [API, mutation]);
    assert.deepEqual([...new Set(attempts)], ['unreadable']);
    assert.deepEqual(trace(await state()), trace(before));
  });

  scenario(`A page at ${host} changes nothing by posting a form.`, async (someone) => {
    const { context, foreign, state, before } = await both(someone);
    for (const enctype of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const page = await context.newPage();
      await page.goto(`${origin()}/`);
      const arrived = page.waitForResponse(`${API}/graphql`);
      await page.evaluate(([api, mutation, enctype]) => {
        const form = Object.assign(document.createElement('form'), { method: 'post', action: `${api}/graphql`, enctype });
        const text = JSON.stringify({ query: mutation, extensions: { x: '' } });
        const [name, value] = enctype === 'text/plain' ? [text.slice(0, -3), text.slice(-3)] : ['query', mutation];
        form.append(Object.assign(document.createElement('input'), { name, value }));
        document.body.append(form);
        form.submit();
      }, [API, mutation, enctype]);
      const response = await arrived;
      assert.equal(response.status(), 403, enctype);
    }
    await foreign.close();
    assert.deepEqual(trace(await state()), trace(before));
  });

  scenario(`A page at ${host} opens no WebSocket.`, async (someone) => {
    const { foreign } = await both(someone);
    const heard = await foreign.evaluate((api) => new Promise((resolve) => {
      const socket = new WebSocket(`${api.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
      const log = [];
      socket.onopen = () => {
        log.push('open');
        socket.send('{"type":"connection_init"}');
      };
      socket.onmessage = ({ data }) => {
        log.push(data);
        socket.close();
      };
      socket.onclose = () => resolve(log);
    }), API);
    assert.deepEqual(heard, []);
  });

  scenario(`A page at ${host} signs nobody in or out, by image, frame, script or link.`, async (someone) => {
    const { context, playground, foreign } = await both(someone);
    const session = async () => (await context.cookies(API)).filter(({ name }) => name === 'session').map(({ value }) => value);
    const held = await session();
    const framed = await foreign.evaluate(async (api) => {
      const embed = (tag, path) => new Promise((resolve) => {
        const element = document.createElement(tag);
        element.onload = () => resolve(tag === 'iframe' ? element : 'loaded');
        element.onerror = () => resolve('refused');
        element.src = api + path;
        document.body.append(element);
      });
      const results = [];
      for (const path of ['/auth/login', '/auth/logout']) {
        for (const tag of ['img', 'script', 'iframe']) {
          const result = await embed(tag, path);
          if (result === 'loaded') results.push(`${tag} ${path}`);
        }
      }
      await embed('iframe', '/playground');
      return results;
    }, API);
    assert.deepEqual(framed, []);
    for (const frame of foreign.frames().slice(1)) {
      assert.equal(await frame.locator('main').count(), 0, 'no page of ours stands in a frame');
    }
    const left = foreign.waitForResponse(`${API}/auth/logout`);
    await foreign.evaluate((api) => location.assign(`${api}/auth/logout`), API);
    assert.equal((await left).status(), 403);
    await expectText(foreign.getByRole('alert'), /from our own pages/);
    assert.deepEqual(await session(), held);
    assert.equal((await playground.must('Session')).session.state, 'ACTIVE');
  });

  scenario(`A page at ${host} that opens ours keeps no hold of its window.`, async (someone) => {
    const { context, foreign } = await both(someone);
    const popup = context.waitForEvent('page');
    await foreign.evaluate((api) => {
      globalThis.opened = window.open(`${api}/playground`);
    }, API);
    const page = await popup;
    await expectText(page.getByRole('status'), /^Signed in\./);
    assert.equal(await foreign.evaluate(() => globalThis.opened.closed), true, 'its handle is cut');
    assert.equal(await page.evaluate(() => window.opener), null);
  });
}

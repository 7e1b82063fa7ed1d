import assert from 'node:assert/strict';
import { expectText } from '../eventually.mjs';
import { Playground } from '../playground.mjs';
import { residentOf, signIn } from '../resident.mjs';
import { scenario } from '../scenario.mjs';

const { API } = process.env;

for (const [n, transport] of ['WebSocket', 'server-sent events'].entries()) {
  scenario(`A subscription over ${transport} shows a frame when a lock is confirmed.`, async (someone) => {
    const { context } = await someone();
    const page = await context.newPage();
    await signIn(page, (await residentOf(5 + n)).uin);
    const follower = new Playground(page);
    const other = await Playground.open(context);
    const opened = follower.opensStream(transport);
    await follower.transport(transport);
    await follower.choose('EventChanged');
    await follower.play();
    await opened;
    const { event } = (await other.must('SetAuthLocks')).setAuthLocks;
    assert.equal(event.status, 'IN_PROGRESS');
    const frame = JSON.parse(await follower.shows(/"status": "SUCCESS"/));
    assert.deepEqual(frame.data.eventChanged.event, {
      eventId: event.eventId, requestType: 'AUTH_TYPE_LOCK_UNLOCK', status: 'SUCCESS', authLocks: [{ type: 'BIO_FACE', locked: true }],
    });
    const home = await other.must('Home');
    assert.ok(home.viewer.authLocks.find(({ type }) => type === 'BIO_FACE').locked, 'and it is locked');
  });

  scenario(`Signing out in another window ends an open stream over ${transport} and says why.`, async (someone) => {
    const { context } = await someone();
    const page = await context.newPage();
    await signIn(page, (await residentOf(7 + n)).uin);
    const follower = new Playground(page);
    const other = await Playground.open(context);
    const opened = follower.opensStream(transport);
    await follower.transport(transport);
    await follower.choose('EventChanged');
    await follower.play();
    await opened;
    await other.page.getByRole('link', { name: 'Sign out' }).click();
    await other.page.waitForURL(`${API}/playground`);
    await expectText(other.status(), /^Not signed in\./);
    await follower.shows(/4401|UNAUTHENTICATED/);
    await follower.isStopped();
  });
}

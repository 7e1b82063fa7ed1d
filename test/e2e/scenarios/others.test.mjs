import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { Playground } from '../playground.mjs';
import { residentOf, signIn } from '../resident.mjs';
import { scenario } from '../scenario.mjs';

const { API } = process.env;

scenario('Another resident in another browser sees nothing of the first, by no id, event id, cursor, link or stream.', async (someone) => {
  const [first, second] = await Promise.all([residentOf(9), residentOf(10)].map(async (resident) => {
    const { context, watch } = await someone();
    const page = await context.newPage();
    await signIn(page, (await resident).uin);
    return { context, watch, playground: new Playground(page) };
  }));
  await first.playground.must('GenerateVid');
  const mine = (await first.playground.must('Home')).viewer;
  const vid = mine.vids.nodes[0];
  const event = mine.serviceHistory.nodes[0];

  const opened = second.playground.opensStream('WebSocket');
  await second.playground.choose('EventChanged');
  await second.playground.play();
  await opened;
  const window = await Playground.open(second.context);
  await first.playground.must('SetAuthLocks');
  await first.playground.untilAnswered('Home', ({ data }) => data.viewer.authLocks.find(({ type }) => type === 'BIO_FACE').locked);
  await pause(500); // a frame that strays has had its time
  assert.doesNotMatch(await second.playground.response(), /eventChanged/);

  const theirs = JSON.stringify((await window.must('Home')).viewer);
  for (const secret of [vid.id, event.id, event.eventId, mine.changeCursor, mine.profile.photo.url, ...mine.profile.fullName.map(({ value }) => value)]) {
    assert.ok(!theirs.includes(secret), 'nothing of the first is on the second’s home');
  }
  for (const [title, variables] of [['Node', { id: vid.id }], ['Node', { id: event.id }]]) {
    const { data } = await window.ask(title, variables);
    assert.equal(data?.node ?? null, null, 'an id of another resident finds nothing');
  }
  assert.equal((await window.ask('Event', { eventId: event.eventId })).data.viewer.event, null);
  const refused = (await window.ask('RevokeVid', { vidId: vid.id })).data.revokeVid;
  assert.deepEqual(refused.errors.map(({ code }) => code), ['NOT_FOUND']);

  const photo = await second.context.request.get(new URL(mine.profile.photo.url, API).href);
  assert.equal(photo.status(), 404);
  await window.choose('ResumeEvents', { after: mine.changeCursor });
  await window.play();
  assert.doesNotMatch(await window.shows(/"errors":|"message":/), /"event":/);
  assert.ok((await first.playground.must('Home')).viewer.vids.nodes.some(({ id }) => id === vid.id), 'and the first still has it');
});

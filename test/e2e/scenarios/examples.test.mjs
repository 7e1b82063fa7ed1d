import assert from 'node:assert/strict';
import { Playground } from '../playground.mjs';
import { residentOf, signIn } from '../resident.mjs';
import { scenario } from '../scenario.mjs';

const { API } = process.env;

scenario('Every example tab shows data without errors when its play button is pressed.', async (someone) => {
  const { context } = await someone();
  const page = await context.newPage();
  await signIn(page, (await residentOf(4)).uin);
  const playground = new Playground(page);
  const other = await Playground.open(context);

  // In this order, since some need what others answer.
  const { vid, event } = (await playground.must('GenerateVid')).generateVid;
  const { viewer } = await playground.must('Home');
  assert.ok(viewer.vids.nodes.some(({ id }) => id === vid.id), 'the home lists the new VID');
  assert.equal(viewer.serviceHistory.nodes[0].eventId, event.eventId);
  const played = {
    Partners: async () => assert.ok((await playground.must('Partners')).partners.nodes.length > 0),
    Session: async () => assert.equal((await playground.must('Session')).session.state, 'ACTIVE'),
    Event: async () => {
      const read = (await playground.must('Event', { eventId: event.eventId })).viewer.event;
      assert.deepEqual([read.eventId, read.status], [event.eventId, 'SUCCESS']);
    },
    AccessLog: async () => assert.ok((await playground.must('AccessLog')).viewer.accessLog.nodes.length > 0),
    ReportGrievance: async () => {
      const { grievance, errors } = (await playground.must('ReportGrievance', { eventId: event.eventId })).reportGrievance;
      assert.deepEqual([grievance.status, errors], ['OPEN', []]);
    },
    Attributes: async () => assert.ok((await playground.must('Attributes')).viewer.attributes.length > 0),
    Shares: async () => assert.deepEqual((await playground.must('Shares')).viewer.shares.nodes, []),
    PersonalizedCard: async () =>
      assert.deepEqual((await playground.must('PersonalizedCard')).createPersonalizedCard.errors, []),
    PhysicalCard: async () => {
      const { printers } = await playground.must('Partners');
      const partnerId = printers.nodes.find(({ name }) => name === 'Example Print House').id;
      const { event, paymentUrl, errors } = (await playground.must('PhysicalCard', { partnerId })).orderPhysicalCard;
      assert.deepEqual([event.status, errors], ['IN_PROGRESS', []]);
      assert.match(paymentUrl, /\/print-partner\/order\?eventId=/);
    },
    Node: async () => assert.equal((await playground.must('Node', { id: vid.id })).node.masked, vid.masked),
    SetAuthLocks: async () => {
      const { authLocks } = (await playground.must('SetAuthLocks')).setAuthLocks;
      assert.equal(authLocks.find(({ type }) => type === 'BIO_FACE').pending, true);
    },
    UnlockForAWhile: async () => {
      const { authLocks } = (await playground.must('UnlockForAWhile')).setAuthLocks;
      assert.equal(authLocks.find(({ type }) => type === 'BIO_IRIS').pending, false);
    },
    RevealVid: async () => {
      const { value, hideAt } = (await playground.must('RevealVid', { vidId: vid.id })).revealVid;
      assert.ok(value.startsWith(vid.masked[0]) && value.endsWith(vid.masked.slice(-2)) && value.length === vid.masked.length);
      assert.ok(Date.parse(hideAt) > 0);
    },
    ResumeEvents: async () => {
      await playground.choose('ResumeEvents', { after: viewer.changeCursor });
      await playground.play();
      assert.doesNotMatch(await playground.shows(/"BIO_(FACE|IRIS)"/), /"errors":/);
      await playground.stop();
    },
    EventChanged: async () => {
      const opened = playground.opensStream('WebSocket');
      await playground.choose('EventChanged');
      await playground.play();
      await opened;
      await other.must('GenerateVid');
      assert.doesNotMatch(await playground.shows(/"eventChanged":/), /"errors":/);
      await playground.stop();
    },
    VidCard: async () => {
      const { card, errors } = (await playground.must('VidCard', { vidId: vid.id })).requestVidCard;
      assert.deepEqual([card.state, errors], ['PREPARING', []]);
    },
    UinCard: async () => assert.equal((await playground.must('UinCard')).fetchUinCard.card.state, 'READY'),
    ServiceHistoryPdf: async () =>
      assert.equal((await playground.must('ServiceHistoryPdf')).exportServiceHistory.file.fileName, 'service-history.pdf'),
    RevokeVid: async () => {
      const revoked = (await playground.must('RevokeVid', { vidId: vid.id })).revokeVid;
      assert.deepEqual([revoked.vid.id, revoked.vid.status], [vid.id, 'REVOKED']);
    },
  };
  assert.deepEqual((await playground.tabs()).sort(), ['GenerateVid', 'Home', ...Object.keys(played)].sort(), 'every tab was played');
  for (const play of Object.values(played)) await play();
});

scenario('The photo’s link shows an image.', async (someone) => {
  const { context } = await someone();
  const page = await context.newPage();
  await signIn(page, (await residentOf(0)).uin);
  const { url } = (await new Playground(page).must('Home')).viewer.profile.photo;
  const width = await page.evaluate(async (src) => {
    const image = Object.assign(new Image(), { src });
    await image.decode();
    return image.naturalWidth;
  }, url);
  assert.ok(width > 0);
  const answer = await context.request.get(new URL(url, API).href);
  assert.match(answer.headers()['content-type'], /^image\//);
});

import assert from 'node:assert/strict';
import { accessible } from '../axe.mjs';
import { expectText } from '../eventually.mjs';
import { Playground } from '../playground.mjs';
import { openSignIn, residentOf, signIn, submit } from '../resident.mjs';
import { scenario } from '../scenario.mjs';

const { API, SANDBOX } = process.env;

async function isVisitor(page) {
  await page.goto(`${API}/playground`);
  await expectText(page.getByRole('status'), /^Not signed in\./);
}

scenario('A visitor is told to sign in and where residents are listed, and signs in with one of those.', async (someone) => {
  const { context } = await someone();
  const page = await context.newPage();
  await page.goto(`${API}/`);
  await page.waitForURL(`${API}/playground`);
  await expectText(page.getByRole('status'), /^Not signed in\. The sandbox’s residents, to sign in as, are listed on the sandbox page\.$/);
  await page.getByRole('link', { name: 'on the sandbox page' }).click();
  await page.waitForURL(`${SANDBOX}/sandbox/`);
  const uin = await page.getByRole('region', { name: 'Residents' }).getByRole('row').nth(1).locator('code').first().textContent();
  assert.match(uin, /^\d{10}$/);
  await page.goBack();
  await signIn(page, uin);
  assert.equal(await page.getByRole('link', { name: 'Sign in' }).count(), 0);
  assert.equal(await page.getByRole('link', { name: 'Sign out' }).count(), 1);
  const [cookie, ...others] = (await context.cookies(API)).filter(({ name }) => name === 'session');
  assert.deepEqual([cookie.httpOnly, cookie.sameSite, cookie.path, others.length], [true, 'Lax', '/', 0]);
});

scenario('A wrong one-time password is said on the form and signs nobody in; the right one then does.', async (someone) => {
  const { context, watch } = await someone();
  watch.allow(/status of 401.*\/authorize/);
  const page = await context.newPage();
  const { uin } = await residentOf(1);
  await openSignIn(page);
  await submit(page, uin, { otp: '222222' });
  await expectText(page.getByRole('alert'), /^The one-time password is wrong\. invalid_/);
  await accessible(page);
  await isVisitor(await context.newPage());
  await submit(page, uin);
  await page.waitForURL(`${API}/playground`);
  await expectText(page.getByRole('status'), /^Signed in\./);
});

scenario('Who denies consent sees why they are not signed in and can try again.', async (someone) => {
  const { context, watch } = await someone();
  watch.allow(/status of 403.*\/auth\/callback/);
  const page = await context.newPage();
  await openSignIn(page);
  await page.getByRole('button', { name: 'Deny' }).click();
  await page.waitForURL(`${API}/auth/callback?**`);
  await expectText(page.getByRole('alert'), /^You cancelled the sign-in\.$/);
  assert.match(await page.getByRole('main').textContent(), /LOGIN_CANCELLED/);
  await accessible(page);
  await isVisitor(await context.newPage());
  await page.getByRole('link', { name: 'Sign in again' }).click();
  await submit(page, (await residentOf(1)).uin);
  await page.waitForURL(`${API}/playground`);
});

scenario('Who does not let it manage VIDs is told so by the VID tab, and by no other.', async (someone) => {
  const { context } = await someone();
  const page = await context.newPage();
  await signIn(page, (await residentOf(2)).uin, { without: ['Manage-VID'] });
  const playground = new Playground(page);
  const { data, errors } = await playground.ask('GenerateVid');
  const codes = [...(errors ?? []).map(({ extensions }) => extensions.code), ...(data?.generateVid?.errors ?? []).map(({ code }) => code)];
  assert.deepEqual(codes, ['CONSENT_REQUIRED']);
  await playground.shows(/CONSENT_REQUIRED/);
  await playground.must('SetAuthLocks');
});

scenario('Signing out returns to the visitor’s state, and nothing of the resident stays.', async (someone) => {
  const { context } = await someone();
  const page = await context.newPage();
  await signIn(page, (await residentOf(3)).uin);
  const playground = new Playground(page);
  await playground.must('Home');
  await page.getByRole('link', { name: 'Sign out' }).click();
  await page.waitForURL(`${API}/playground`);
  await expectText(playground.status(), /^Not signed in\./);
  assert.deepEqual((await context.cookies(API)).filter(({ name }) => name === 'session'), []);
  assert.equal((await playground.ask('Home')).data.viewer, null);
});

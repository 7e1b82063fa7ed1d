import { expectText } from './eventually.mjs';

const { API, SANDBOX } = process.env;
let residents;

/** The n-th living resident of the sandbox. Scenarios that change something take one each. */
export async function residentOf(n) {
  residents ??= (await (await fetch(`${SANDBOX}/sandbox/residents`)).json()).filter(({ status }) => status === 'ACTIVATED');
  return residents[n];
}

/** From a page to e-Signet's form, as far as a visitor gets without an id. */
export async function openSignIn(page) {
  await page.goto(`${API}/playground`);
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.waitForURL(`${SANDBOX}/authorize?**`);
}

/** Fills in e-Signet's form and sends it. */
export async function submit(page, uin, { otp = '111111', without = [] } = {}) {
  await page.getByLabel('UIN or VID').fill(uin);
  await page.getByLabel('One-time password').fill(otp);
  for (const scope of without) await page.getByRole('checkbox', { name: scope }).uncheck();
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Signs a resident in by the playground's link and e-Signet's form. */
export async function signIn(page, uin, options) {
  await openSignIn(page);
  await submit(page, uin, options);
  await page.waitForURL(`${API}/playground`);
  await expectText(page.getByRole('status'), /^Signed in\./);
}

import { accessible } from '../axe.mjs';
import { expectText } from '../eventually.mjs';
import { Playground } from '../playground.mjs';
import { openSignIn, residentOf, signIn } from '../resident.mjs';
import { scenario } from '../scenario.mjs';

const { API, SANDBOX } = process.env;

// GraphiQL 5 puts the button of each tab into an element of the role tab, which has none to give: its own markup.
const graphiql = { known: ['nested-interactive'] };

for (const colorScheme of ['light', 'dark']) {
  scenario(`axe-core finds nothing serious on our pages in the ${colorScheme} scheme.`, async (someone) => {
    const { context, watch } = await someone({ colorScheme });
    watch.allow(/status of 40[03].*\/auth\//);
    const page = await context.newPage();
    await page.goto(`${API}/playground`);
    await expectText(page.getByRole('status'), /^Not signed in\./);
    await accessible(page, { include: '.bar' });
    await accessible(page, graphiql);
    for (const address of [`${SANDBOX}/sandbox/`, `${SANDBOX}/sandbox/mailbox`, `${SANDBOX}/sandbox/audits`, `${API}/auth/callback`]) {
      await page.goto(address);
      await accessible(page);
    }
    await openSignIn(page);
    await accessible(page);
    await signIn(page, (await residentOf(13)).uin);
    await accessible(page, { include: '.bar' });
    await new Playground(page).must('Home');
    await accessible(page, graphiql);
  });
}

scenario('Signing in needs no mouse.', async (someone) => {
  const { context } = await someone();
  const page = await context.newPage();
  await page.goto(`${API}/playground`);
  await expectText(page.getByRole('status'), /^Not signed in\./);
  await pressUntil(page, page.getByRole('link', { name: 'Sign in' }));
  await page.keyboard.press('Enter');
  await page.waitForURL(`${SANDBOX}/authorize?**`);
  await pressUntil(page, page.getByLabel('UIN or VID'));
  await page.keyboard.type((await residentOf(13)).uin);
  await page.keyboard.press('Tab');
  await page.keyboard.type('111111');
  await page.keyboard.press('Enter');
  await page.waitForURL(`${API}/playground`);
  await expectText(page.getByRole('status'), /^Signed in\./);
});

/** Presses Tab until an element has the focus. */
async function pressUntil(page, locator) {
  for (let presses = 0; presses < 10; presses++) {
    await page.keyboard.press('Tab');
    if (await locator.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`ten presses of Tab do not reach ${locator}`);
}

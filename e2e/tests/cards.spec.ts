import { test, expect, expectStatus, orderNumber, register, buyWithConsent, type Lang, type World } from './world';
import type { Page } from '@playwright/test';

/** The whole life of saved cards, as a customer meets it. */
async function life(page: Page, world: World, lang: Lang) {
  await register(page, world, lang);
  await buyWithConsent(page, world, lang, 'imeruli', 'remember');
  const bought = await buyWithConsent(page, world, lang, 'churchkhela-saperavi', 'one click');

  // One click, and no page in between.
  const visited: string[] = [];
  const note = (frame: { url(): string }) => visited.push(frame.url());
  page.on('framenavigated', note);
  await page.getByTestId('buy-again').click();
  await expect(page).not.toHaveURL(bought);
  await expectStatus(page, 'paid');
  page.off('framenavigated', note);
  expect(visited.filter((url) => url !== page.url())).toEqual([]);
  const reorder = await orderNumber(page);
  expect((await world.bankOrders(reorder)).map((o) => o.status)).toEqual(['completed']);

  // The price changes: the page says why not, and what else there is.
  world.sql("UPDATE products SET price_tetri = price_tetri + 100 WHERE slug = 'churchkhela-saperavi'");
  try {
    await page.goto(bought);
    await page.getByTestId('buy-again').click();
    await expect(page.getByTestId('repeat-line')).toHaveAttribute('data-status', 'dearer');
    await expect(page.getByTestId('one-click-why')).toHaveAttribute('data-status', 'total');
    await expect(page.getByTestId('one-click-rule').last()).toHaveAttribute('data-status', 'unmet');
    await page.getByTestId('again-by-card').click(); // the remembered card, on the bank's page
    await expect(page).toHaveURL(new RegExp('^' + world.bank));
    await expect(page.getByTestId('pay-card-number')).toHaveCount(0);
    await page.getByTestId('pay-submit').click();
    await expectStatus(page, 'paid');
  } finally {
    world.sql("UPDATE products SET price_tetri = price_tetri - 100 WHERE slug = 'churchkhela-saperavi'");
  }

  // Removed here, gone at the bank.
  const parent = (await world.bankOrders((await numberOf(page, bought))))[0].id;
  await page.goto(`${world.shop}/${lang}/account/cards`);
  await expect(page.getByTestId('saved-card')).toHaveCount(2);
  const once = page.locator('[data-testid=saved-card][data-kind=subscription]');
  await expect(once.getByTestId('remove-card')).toBeHidden(); // it asks first
  await once.getByTestId('remove-card-ask').click();
  await once.getByTestId('remove-card').click();
  await expect(page.getByTestId('saved-card')).toHaveCount(1);
  expect(await world.charge(parent)).toBe('rejected 102');
  await page.goto(bought + '/again');
  await expect(page.getByTestId('one-click-why')).toHaveAttribute('data-status', 'card_removed');
}

async function numberOf(page: Page, url: string) {
  await page.goto(url);
  return orderNumber(page);
}

test('the life of a saved card, in English', async ({ page, world }) => {
  test.slow();
  await life(page, world, 'en');
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });
  test('the life of a saved card, in Georgian', async ({ page, world }) => {
    test.slow();
    await life(page, world, 'ka');
  });
});

test('two tabs and double clicks are one charge', async ({ page, world, context }) => {
  await register(page, world, 'en');
  const bought = await buyWithConsent(page, world, 'en', 'churchkhela-saperavi', 'one click');
  const other = await context.newPage();
  await Promise.all([page.goto(bought), other.goto(bought + '/again')]);
  // Real requests at the same time, from both pages' forms, each several times.
  const forms = await Promise.all([page, other].map((tab) => tab.locator('form').filter({ has: tab.getByTestId('buy-again') })
    .evaluate((f: HTMLFormElement) => ({ action: f.action, form: Object.fromEntries([...new FormData(f).entries()].map(([k, v]) => [k, String(v)])) }))));
  const answers = await Promise.all(forms.flatMap((f) => Array.from({ length: 5 }, () =>
    page.request.post(f.action, { form: f.form, maxRedirects: 0, headers: { origin: world.shop } }))));
  expect(answers.map((a) => a.status())).toEqual(Array(10).fill(303));
  expect(new Set(answers.map((a) => a.headers()['location'])).size).toBe(1);
  await other.getByTestId('buy-again').dblclick(); // and late
  await expect(other).toHaveURL(world.shop + answers[0].headers()['location']);
  await expectStatus(other, 'paid');
  const number = await orderNumber(other);
  expect((await world.bankOrders(number)).length).toBe(1);
});

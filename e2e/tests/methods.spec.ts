import { test, expect, addToCart, fillCheckout, orderNumber, payAtBank, expectStatus, signInAsStaff, cards, World, languages, type Lang } from './world';
import type { Page } from '@playwright/test';

// Every way to pay: chosen at the checkout, paid on the bank's page, named on the order's page, and
// refunded as its rules allow.

const ways = ['card', 'apple_pay', 'google_pay', 'bog_p2p', 'bog_loyalty', 'bnpl', 'bog_loan', 'gift_card'] as const;
const refundedByBank = ['card', 'apple_pay', 'google_pay', 'bog_p2p'];

/** A shop that offers every way to pay, and whether its pages ask nobody but shop and bank. */
async function shopWithAllWays(run: (world: World) => Promise<void>) {
  const world = new World({ SHOP_PAYMENT_METHODS: ways.join(','), SHOP_WALLET_BUTTONS: 'none' });
  try {
    await world.start();
    await run(world);
  } finally {
    await world.stop();
    world.remove();
  }
}

async function orderBy(page: Page, world: World, lang: Lang, way: string, delivery: 'tbilisi' | 'pickup' = 'pickup') {
  await addToCart(page, world, lang, 'churchkhela-saperavi');
  await fillCheckout(page, world, lang, delivery);
  await page.getByTestId(`method-${way}`).check();
  await page.getByTestId('place-order').click();
  await expect(page).toHaveURL(new RegExp('^' + world.bank));
}

async function payBy(page: Page, way: string) {
  if (way === 'card') return payAtBank(page, cards.direct, 'none');
  const tab = page.getByTestId(`pay-method-${way}`); // the bank offers a card beside a wallet
  if (await tab.count() > 0) await tab.click();
  await page.getByTestId('pay-submit').click();
}

for (const lang of languages) {
  test(`each way to pay is chosen, paid, named and refunded as its rules allow (${lang})`, async ({ page, browser, leave }) => {
    test.slow(); // eight orders, and a program of its own
    await shopWithAllWays(async (world) => {
      const foreign: string[] = [];
      page.on('request', (r) => { if (![world.shop, world.bank].some((own) => r.url().startsWith(own)) && /^http/.test(r.url())) foreign.push(r.url()); });
      const staff = await (await browser.newContext()).newPage();
      await signInAsStaff(staff, world, lang);
      for (const way of ways) {
        await test.step(way, async () => {
          await orderBy(page, world, lang, way);
          await payBy(page, way);
          await expectStatus(page, 'paid');
          await expect(page.getByTestId('order-method')).toHaveAttribute('data-value', way);
          await staff.goto(`${world.shop}/admin/orders/${await orderNumber(page)}`);
          await expect(staff.getByTestId('refund-rule')).toHaveCount(['card', 'apple_pay', 'google_pay'].includes(way) ? 0 : 1);
          await staff.locator('form:has([data-testid=refund-submit]) [name=reason]').fill(way);
          await staff.getByTestId('refund-submit').click();
          await expect(staff.locator('[data-testid=money-refund]')).toHaveAttribute('data-status', /.+/);
          if (!refundedByBank.includes(way)) {
            await expect(staff.getByTestId('money-refund')).toHaveAttribute('data-status', 'queued'); // until staff have made it by hand
            return;
          }
          await expect(async () => {
            await page.reload();
            await expectStatus(page, 'refunded');
          }).toPass();
        });
      }
      expect(foreign).toEqual([]);
      await staff.context().close();
      await leave();
    });
  });
}

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });
  test('a refused instalment leads to another way to pay on the same order', async ({ page, leave }) => {
    await shopWithAllWays(async (world) => {
      await orderBy(page, world, 'ka', 'bog_loan', 'tbilisi'); // whose price the page shows from the start
      await page.getByTestId('pay-choice-0106').check();
      await page.getByTestId('pay-submit').click();
      await expectStatus(page, 'declined');
      const number = await orderNumber(page);
      await expect(page.getByTestId('method-bog_loan')).not.toBeChecked(); // the bank has just refused that
      await page.getByTestId('method-bog_p2p').check();
      await page.getByTestId('retry-payment').click();
      await expect(page).toHaveURL(new RegExp('^' + world.bank));
      await payBy(page, 'bog_p2p');
      await expectStatus(page, 'paid');
      expect(await orderNumber(page)).toBe(number);
      await expect(page.getByTestId('order-method')).toHaveAttribute('data-value', 'bog_p2p');
      await leave();
    });
  });
});

test('a way to pay that staff take off is not offered, and one that they offer is', async ({ page, browser, leave }) => {
  const world = new World();
  try {
    await world.start();
    const staff = await (await browser.newContext()).newPage();
    await signInAsStaff(staff, world, 'ka');
    await staff.goto(`${world.shop}/admin/methods`);
    const row = (way: string) => staff.locator(`[data-testid=admin-method][data-value=${way}]`);
    await row('google_pay').getByTestId('method-off').click();
    await expect(row('google_pay')).toHaveAttribute('data-status', 'off');
    await row('bog_loyalty').getByTestId('method-on').click();
    await expect(row('bog_loyalty')).toHaveAttribute('data-status', 'offered');
    await addToCart(page, world, 'en', 'churchkhela-saperavi');
    await page.goto(`${world.shop}/en/checkout`);
    await expect(page.getByTestId('method-bog_loyalty')).toBeVisible();
    await expect(page.getByTestId('method-google_pay')).toHaveCount(0);
    await staff.context().close();
    await leave();
  } finally {
    await world.stop();
    world.remove();
  }
});

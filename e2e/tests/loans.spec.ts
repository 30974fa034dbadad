import { test as base, expect, addToCart, fillCheckout, expectStatus, World, languages } from './world';
import { checkWith } from './wellformed';
import type { Page } from '@playwright/test';

const test = base.extend<{ foreign: string[] }, { world: World }>({
  world: [async ({}, use) => {
    const world = new World({ SHOP_PAYMENT_METHODS: 'card,bog_loan,bnpl' });
    await world.start();
    await use(world);
    await world.stop();
    world.remove();
  }, { scope: 'worker' }],

  /** Requests to any host but the shop's and the simulated bank's. */
  foreign: [async ({ page, world }, use) => {
    const foreign: string[] = [];
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (protocol !== 'data:' && origin !== world.shop && origin !== world.bank) foreign.push(request.url());
    });
    await use(foreign);
    expect(foreign).toEqual([]);
  }, { auto: true }],
});

const accessible = checkWith();
const dear = 'tush-rug';

test.beforeAll(({ world }) => {
  world.sql(`UPDATE stock SET on_hand = on_hand + 50 WHERE product_id = (SELECT id FROM products WHERE slug = '${dear}')`);
});

async function atBank(page: Page, client: string, settle = '') {
  await page.locator(`[name=choice][value="${client}"]`).check();
  if (settle) await page.locator('[name=sim_settle]').selectOption(settle);
  await page.getByTestId('pay-submit').click();
}

for (const lang of languages) {
  test.describe(lang, () => {
    test('the calculator gives the exact conditions, and its choice goes to the bank', async ({ page, world }) => {
      await page.goto(`${world.shop}/${lang}/p/${dear}`);
      const offer = page.getByTestId('loan-offer');
      expect(Number(await offer.getAttribute('data-value'))).toBeGreaterThan(0);
      await page.getByTestId('calculator-open').click();
      await expect(page.getByTestId('calculator')).toBeVisible();
      await accessible(page);
      await page.keyboard.press('Escape');
      await expect(page.getByTestId('calculator')).toHaveCount(0);
      await expect(page.getByTestId('calculator-open')).toBeFocused();
      await page.getByTestId('calculator-open').click();
      await page.getByTestId('calculator-bog_loan-12').check();
      await page.getByTestId('calculator-choose').click();
      await expect(page.getByTestId('loan-exact')).toContainText('12');

      await addToCart(page, world, lang, dear);
      await page.goto(`${world.shop}/${lang}/cart`);
      await expect(page.getByTestId('loan-offer')).toBeVisible();
      await page.getByTestId('line-more').click(); // the cart is shown anew in place
      await expect(page.getByTestId('line-quantity')).toHaveValue('2');
      await expect(page.getByTestId('calculator-open')).toBeVisible();

      await fillCheckout(page, world, lang, 'pickup');
      await page.getByTestId('method-bog_loan').check();
      await accessible(page);
      await page.locator('.loan-months:visible').getByTestId('calculator-open').click();
      await expect(page.getByTestId('calculator-bnpl-3')).toHaveCount(0);
      await page.getByTestId('calculator-bog_loan-18').check();
      await page.getByTestId('calculator-choose').click();
      await expect(page.locator('#loan_month')).toHaveValue('18 STD-18');
      await page.getByTestId('place-order').click();
      await expect(page).toHaveURL(new RegExp('^' + world.bank));
      await atBank(page, '0001');
      await expectStatus(page, 'paid');
      await expect(page.getByTestId('order-method')).toHaveAttribute('data-value', 'bog_loan');
      expect(world.sql('SELECT loan_month || loan_code FROM orders ORDER BY id DESC LIMIT 1')).toBe('18STD-18');
    });

    test('a refused application leads to the other ways to pay', async ({ page, world }) => {
      await addToCart(page, world, lang, dear);
      await fillCheckout(page, world, lang, 'pickup');
      await page.getByTestId('method-bnpl').check();
      await page.getByTestId('place-order').click();
      await atBank(page, '0106');
      await expectStatus(page, 'declined');
      await expect(page.getByTestId('decline-reason')).toBeVisible();
      await expect(page.getByTestId('method-card')).toBeChecked();
      await accessible(page);
      await page.getByTestId('retry-payment').click();
      await expect(page.getByTestId('pay-card-number')).toBeVisible();
    });

    test('a long decision is shown as such', async ({ page, world }) => {
      await addToCart(page, world, lang, dear);
      await fillCheckout(page, world, lang, 'pickup');
      await page.getByTestId('method-bog_loan').check();
      await page.getByTestId('place-order').click();
      await world.steer('settings', { ...await (await fetch(`${world.bank}/_sim/settings`)).json(), leave_early: true });
      await atBank(page, '0001', '10800000');
      await expectStatus(page, 'confirming');
      await expect(page.getByTestId('order-status')).toHaveAttribute('data-slow', '');
      await expect(page.getByTestId('cart-count').first()).toBeHidden();
      await world.steer('clock', { advance_seconds: 3 * 3600 + 60 });
      await page.reload();
      await expectStatus(page, 'paid');
    });

    test.describe('without JavaScript', () => {
      test.use({ javaScriptEnabled: false });
      test('months are chosen from a list, and the bank asks for the conditions', async ({ page, world }) => {
        await page.goto(`${world.shop}/${lang}/p/${dear}`);
        await expect(page.getByTestId('loan-offer')).toBeVisible();
        await page.getByTestId('add-to-cart').first().click();
        await page.goto(`${world.shop}/${lang}/cart`);
        await expect(page.getByTestId('loan-offer')).toBeVisible();
        await fillCheckout(page, world, lang, 'pickup');
        await page.getByTestId('method-bog_loan').check();
        await page.locator('#loan_month').selectOption('12');
        await page.getByTestId('recalculate').click();
        await expect(page.locator('#loan_month')).toHaveValue('12');
        await page.locator('[name=terms]').check();
        await page.getByTestId('place-order').click();
        await expect(page).toHaveURL(new RegExp('^' + world.bank));
        await atBank(page, '0001');
        await expectStatus(page, 'paid');
      });
    });
  });
}

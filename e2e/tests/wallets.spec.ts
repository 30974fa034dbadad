import type { Page } from '@playwright/test';
import { test, expect, asText, addToCart, fillCheckout, expectStatus, orderNumber, languages, type Lang, type World } from './world';
import { violations } from './wellformed';

const product = 'churchkhela-saperavi';

/** Notes every request that goes to another host than the shop's and the simulator's. */
function watch(page: Page, world: World) {
  const foreign: string[] = [];
  page.on('request', (request) => {
    const { origin } = new URL(request.url());
    if (![world.shop, world.bank].includes(origin)) foreign.push(request.url());
  });
  return foreign;
}

/** Fills in the checkout form and chooses a wallet whose button then stands there. */
async function choose(page: Page, world: World, lang: Lang, wallet: string) {
  await addToCart(page, world, lang, product);
  await fillCheckout(page, world, lang);
  await page.getByTestId(`method-${wallet}`).check();
  await expect(page.getByTestId('wallet-button')).toHaveAttribute('data-value', wallet);
  await expect(page.getByTestId('place-order')).toHaveClass(/quiet/); // which leads to the bank's page
}

const press = (page: Page) => page.getByTestId('wallet-button').locator('button').click();

/** Chooses a card in the open sheet, whose total is that of the page, and consents. */
async function consent(page: Page, card: 'pays' | 'asks' | 'poor') {
  await page.getByTestId(`wallet-${card}`).check();
  await page.getByTestId('wallet-pay').click();
}

async function accessible(page: Page) {
  expect(await violations(page)).toEqual([]);
}

for (const lang of languages) {
  for (const wallet of ['google_pay', 'apple_pay']) {
    test(`${wallet} pays without leaving the shop, in ${lang}`, async ({ page, world }) => {
      const foreign = watch(page, world);
      const tokens: string[] = [];
      page.on('request', (request) => {
        const token = new URLSearchParams(request.postData() ?? '').get('wallet_token');
        if (token) tokens.push(token);
      });
      await choose(page, world, lang, wallet);
      await accessible(page);
      await press(page);
      await expect(page.getByTestId('wallet-total')).toHaveText('14.00 GEL');
      await expect(page.getByTestId('order-total')).toContainText(lang === 'ka' ? '14,00' : '14.00');
      await accessible(page);
      await consent(page, 'pays');
      await expectStatus(page, 'paid');
      await expect(page).toHaveURL(new RegExp(`^${world.shop}/${lang}/orders/`));
      await expect(page.getByTestId('order-method')).toHaveAttribute('data-value', wallet);
      expect(foreign).toEqual([]);
      expect(tokens).toHaveLength(1);
      const signature = JSON.parse(tokens[0]).signature ?? JSON.parse(tokens[0]).paymentData.signature;
      const stored = world.sql(`SELECT ${asText('request_body')} FROM payments`) + world.sql(`SELECT headers, ${asText('body')} FROM payment_events`);
      expect(stored).not.toContain(signature);
      expect(await page.content()).not.toContain(signature);
    });

    test(`a refused ${wallet} is chosen again on the same order, in ${lang}`, async ({ page, world }) => {
      await choose(page, world, lang, wallet);
      await press(page);
      await consent(page, 'poor');
      await expectStatus(page, 'declined');
      const number = await orderNumber(page);
      await expect(page.getByTestId(`method-${wallet}`)).toBeChecked();
      await expect(page.getByTestId('wallet-button')).toHaveAttribute('data-value', wallet);
      await press(page);
      await expect(page.getByTestId('wallet-total')).toHaveText('14.00 GEL');
      await consent(page, 'pays');
      await expectStatus(page, 'paid');
      expect(await orderNumber(page)).toBe(number);
      expect((await world.bankOrders(number)).filter((o) => o.taken > 0)).toHaveLength(1);
    });
  }
}

test('Google Pay goes to 3-D Secure and comes back paid', async ({ page, world }) => {
  await choose(page, world, 'en', 'google_pay');
  await press(page);
  await consent(page, 'asks');
  await page.getByTestId('threeds-confirm').click();
  await expectStatus(page, 'paid');
});

for (const wallet of ['google_pay', 'apple_pay']) {
  test(`a closed ${wallet} sheet leaves the form as it was`, async ({ page, world }) => {
    await choose(page, world, 'en', wallet);
    await press(page);
    await page.getByTestId('wallet-close').click();
    await expect(page.getByTestId('wallet-said')).toContainText('nothing was paid');
    await expect(page.locator('[name=name]')).toHaveValue('Nino Kapanadze');
    await expect(page.locator('[name=terms]')).toBeChecked();
    await press(page);
    await expect(page.getByTestId('wallet-pay')).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByTestId('wallet-sheet')).toHaveCount(0);
    await press(page);
    await consent(page, 'pays');
    await expectStatus(page, 'paid');
  });

  test(`${wallet}: what is wrong with the form is said before anybody can pay`, async ({ page, world }) => {
    const tokens = () => world.sql("SELECT count(*) FROM payment_events WHERE headers LIKE '%pay_token%'");
    const before = tokens();
    await choose(page, world, 'ka', wallet);
    await page.locator('[name=phone]').fill('12');
    await press(page);
    await expect(page.locator('[data-testid=field-error][data-field=phone]')).toBeVisible();
    await expect(page.getByTestId('wallet-sheet')).toHaveCount(0);
    await expect(page.locator('[name=name]')).toHaveValue('ნინო კაპანაძე');
    await expect(page.getByTestId(`method-${wallet}`)).toBeChecked();
    expect(tokens()).toBe(before);
  });
}

test('a price that moves while the sheet is open is asked about again', async ({ page, world }) => {
  await choose(page, world, 'en', 'google_pay');
  await press(page);
  await expect(page.getByTestId('wallet-total')).toHaveText('14.00 GEL');
  world.sql(`UPDATE products SET price_tetri = price_tetri + 100 WHERE slug = '${product}'`);
  try {
    await consent(page, 'pays');
    await expect(page.getByTestId('cart-notice')).toBeVisible();
    await expect(page.locator('[name=street]')).toHaveValue('რუსთაველის გამზირი 12, ბინა 4');
    await press(page);
    await expect(page.getByTestId('wallet-total')).toHaveText('15.00 GEL');
  } finally {
    world.sql(`UPDATE products SET price_tetri = price_tetri - 100 WHERE slug = '${product}'`);
  }
});

test('the answer to the form is lost, and the ordinary button tells what became of it', async ({ page, world, problems }) => {
  await choose(page, world, 'en', 'google_pay');
  await press(page);
  await page.route('**/en/checkout', async (route) => { // the shop has it, the browser gets no answer
    await route.fetch({ maxRedirects: 0 });
    await route.abort();
  }, { times: 1 });
  await consent(page, 'pays');
  await expect(page.getByTestId('wallet-said')).toContainText('you will not pay twice');
  problems.length = 0; // the browser names the answer that it did not get
  await page.getByTestId('place-order').click();
  await expectStatus(page, 'paid');
  const number = await orderNumber(page);
  expect((await world.bankOrders(number)).filter((o) => o.taken > 0)).toHaveLength(1);
});

test('the bank’s answer is lost, and the order says so until it is known', async ({ page, world }) => {
  await choose(page, world, 'en', 'apple_pay');
  await press(page);
  await expect(page.getByTestId('wallet-pay')).toBeEnabled();
  await world.steer('faults', { kind: 'lost_reply', route: 'complete_apple_pay', count: 1 });
  await consent(page, 'pays');
  await expectStatus(page, 'paid');
});

test('a blocked script leaves the bank’s page', async ({ page, world, problems }) => {
  await page.route('**/_sim/wallets/**', (route) => route.abort());
  await addToCart(page, world, 'en', product);
  await fillCheckout(page, world, 'en');
  await page.getByTestId('method-google_pay').check();
  await page.getByTestId('place-order').click();
  await expect(page).toHaveURL(new RegExp('^' + world.bank + '/\\?order_id='));
  problems.length = 0; // the browser names the script that was blocked
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('a wallet is paid on the bank’s page', async ({ page, world }) => {
    await addToCart(page, world, 'en', product);
    await fillCheckout(page, world, 'en');
    await page.getByTestId('method-apple_pay').check();
    await page.getByTestId('place-order').click();
    await expect(page).toHaveURL(new RegExp('^' + world.bank + '/\\?order_id='));
  });
});

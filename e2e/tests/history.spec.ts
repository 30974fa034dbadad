import { test, expect, addToCart, fillCheckout, payAtBank, expectStatus, password, cards, languages } from './world';
import type { Page } from '@playwright/test';

const street = 'რუსთაველის გამზირი 12, ბინა 4';

/** Looks at the checkout, which is filled as it was when it was sent. */
async function expectFilled(page: Page) {
  await expect(page.locator('main [name=email]')).toHaveValue('nino@example.ge');
  await expect(page.locator('main [name=street]')).toHaveValue(street);
  await expect(page.locator('[name=delivery][value=tbilisi]')).toBeChecked();
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a mistake at the checkout, the bank, and Back', async ({ page, world }) => {
      test.slow(); // a dozen pages
      await addToCart(page, world, 'ka', 'churchkhela-saperavi');
      await fillCheckout(page, world, 'ka');
      await page.locator('[name=phone]').fill('12');
      await page.getByTestId('place-order').click();
      await expect(page.getByTestId('field-error')).toHaveCount(1);
      await expectFilled(page);
      await page.reload(); // asks nothing, and scolds no more
      await expect(page.getByTestId('field-error')).toHaveCount(0);
      await expectFilled(page);
      await page.locator('[name=phone]').fill('599 12 34 56');
      await page.getByTestId('place-order').click();
      await expect(page).toHaveURL(new RegExp('^' + world.bank));
      await page.goBack();
      await expect(page).toHaveURL(`${world.shop}/ka/checkout`);
      await expectFilled(page);
      await page.goBack();
      await expect(page.locator('main h1')).toBeVisible();
      await page.goForward();
      await expectFilled(page);
      await page.locator('[name=terms]').check();
      await page.getByTestId('place-order').click();
      await expect(page).toHaveURL(new RegExp('^' + world.bank));
      await payAtBank(page, cards.good);
      await expectStatus(page, 'paid');
    });

    test('another language at the checkout, the bank, and Back', async ({ page, world }) => {
      await addToCart(page, world, 'ka', 'churchkhela-saperavi');
      await fillCheckout(page, world, 'ka');
      await page.getByTestId('language-switch').click();
      await expect(page).toHaveURL(`${world.shop}/en/checkout`);
      await expectFilled(page);
      await expect(page.locator('[name=terms]')).toBeChecked();
      await page.getByTestId('place-order').click();
      await expect(page).toHaveURL(new RegExp('^' + world.bank));
      await page.goBack();
      await expect(page).toHaveURL(`${world.shop}/en/checkout`);
      await expectFilled(page);
      await page.goBack();
      await expect(page).toHaveURL(`${world.shop}/ka/checkout`);
      await expectFilled(page);
    });

    test('a mistake at the registration, another language, and Back', async ({ page, world }) => {
      await page.goto(`${world.shop}/en/register`);
      await page.locator('main [name=name]').fill('ნინო კაპანაძე');
      await page.locator('main [name=email]').fill('nino@');
      await page.locator('main [name=password]').fill(password);
      await page.getByTestId('register-submit').click();
      await expect(page.getByTestId('field-error')).toHaveCount(1);
      await page.getByTestId('language-switch').click();
      await expect(page).toHaveURL(`${world.shop}/ka/register`);
      await expect(page.locator('main [name=email]')).toHaveValue('nino@');
      await page.goto(`${world.shop}/ka/info/terms`);
      await page.goBack();
      await expect(page.locator('main [name=name]')).toHaveValue('ნინო კაპანაძე');
      await expect(page.locator('main [name=password]')).toHaveValue('');
    });

    test('the cart is counted anew after Back', async ({ page, world }) => {
      await addToCart(page, world, 'en', 'churchkhela-saperavi');
      await page.goto(`${world.shop}/en`);
      await expect(page.getByTestId('cart-count').first()).toHaveText('1');
      await page.goto(`${world.shop}/en/p/churchkhela-saperavi`);
      await page.getByTestId('add-to-cart').first().click();
      await expect(page.getByTestId('cart-count').first()).toHaveText('2');
      for (;;) {
        await page.goBack();
        if (page.url() === `${world.shop}/en`) break;
      }
      await expect(page.getByTestId('cart-count').first()).toHaveText('2');
    });
  });
}

test('a page that Back shows as it was left counts the cart anew', async ({ page, world }) => {
  await page.goto(`${world.shop}/en`);
  await expect(page.getByTestId('cart-count').first()).toBeHidden();
  const put = await page.request.post(`${world.shop}/en/cart/items`, { form: { product: 'churchkhela-saperavi', quantity: '3' } });
  expect(put.ok()).toBeTruthy();
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
  await expect(page.getByTestId('cart-count').first()).toHaveText('3');
});

test('a shopper who starts at localhost keeps the cart over the payment', async ({ page, world }) => {
  const { port } = new URL(world.shop);
  await page.goto(`http://localhost:${port}/en/p/churchkhela-saperavi`);
  expect(page.url()).toBe(`${world.shop}/en/p/churchkhela-saperavi`);
  await page.getByTestId('add-to-cart').first().click();
  await expect(page.getByTestId('cart-count').first()).toHaveText('1');
  await fillCheckout(page, world, 'en');
  await page.getByTestId('place-order').click();
  await page.getByTestId('pay-cancel').click();
  await expectStatus(page, 'declined');
  await expect(page.getByTestId('cart-count').first()).toHaveText('1');
});

test('a cookie called session of another program signs nobody out', async ({ page, world, context }) => {
  await page.goto(`${world.shop}/en/login`);
  await page.locator('main [name=email]').fill('nino@example.ge');
  await page.locator('main [name=password]').fill('dukani-demo');
  await page.getByTestId('login-submit').click();
  await addToCart(page, world, 'en', 'churchkhela-saperavi').catch(() => {}); // the demo customer's cart may hold more
  for (const name of ['session', 'cart', 'lang']) {
    await context.addCookies([{ name, value: 'A'.repeat(43), url: world.shop }]);
  }
  await page.goto(`${world.shop}/en/account`);
  await expect(page.getByTestId('account-email')).toHaveText('nino@example.ge');
  await expect(page.getByTestId('cart-count').first()).toBeVisible();
  const names = (await context.cookies(world.shop)).map((cookie) => cookie.name);
  expect(names).toEqual(expect.arrayContaining(['session', 'cart', 'lang']));
});

/** Expects nothing to be wider than the window, at any width. */
async function expectToFit(page: Page, what: string) {
  for (const width of [320, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    const [needed, widest] = await page.evaluate(() => {
      let most: Element = document.body;
      for (const e of document.querySelectorAll('main *')) {
        if (e.getBoundingClientRect().right > most.getBoundingClientRect().right) most = e;
      }
      return [document.documentElement.scrollWidth, `${most.tagName}.${most.className}`];
    });
    expect(needed, `${what} at ${width}: ${widest}`).toBeLessThanOrEqual(width);
  }
}

for (const lang of languages) {
  test(`words of any length fit every page in ${lang}`, async ({ page, world }) => {
    test.setTimeout(120_000);
    const long = (n: number) => (lang === 'ka' ? 'უ' : 'W').repeat(n);
    const email = `${'m'.repeat(50)}${Date.now()}@${'w'.repeat(60)}.${'w'.repeat(60)}.ge`;
    const link = 'https://example.ge/' + 'm'.repeat(470);
    await page.goto(`${world.shop}/${lang}/register`);
    await page.locator('main [name=name]').fill(long(100));
    await page.locator('main [name=email]').fill(email);
    await page.locator('main [name=password]').fill('1');
    await page.getByTestId('register-submit').click();
    await expectToFit(page, 'registration');
    await page.locator('main [name=password]').fill(password);
    await page.getByTestId('register-submit').click();
    await expect(page).toHaveURL(`${world.shop}/${lang}/account`);

    await page.goto(`${world.shop}/${lang}/account/addresses/new`);
    await page.locator('main [name=phone]').fill('599123456');
    await page.locator('[name=delivery][value=regions], [name=delivery][value=city]').first().check();
    await page.locator('[name=region]').selectOption('imereti');
    await page.locator('[name=city]').fill(long(100));
    await page.locator('[name=street]').fill(long(200));
    await page.getByTestId('address-submit').click();
    await expect(page.getByTestId('address-item')).toHaveCount(1);

    await page.goto(`${world.shop}/${lang}/p/churchkhela-saperavi`);
    await page.getByTestId('add-to-cart').first().click();
    await expect(page.getByTestId('cart-count').first()).toHaveText('1');
    await page.goto(`${world.shop}/${lang}/checkout`);
    await page.locator('main [name=phone]').fill('599123456');
    await page.locator('[name=note]').fill(link);
    await page.getByTestId('place-order').click(); // without the terms
    await expect(page.getByTestId('error-summary')).toBeVisible();
    await expectToFit(page, 'checkout');
    await page.locator('[name=terms]').check();
    await page.getByTestId('place-order').click();
    await expect(page).toHaveURL(new RegExp('^' + world.bank));
    await payAtBank(page, cards.good);
    await expectStatus(page, 'paid');
    await expectToFit(page, 'order');
    for (const path of ['', '/profile', '/email', '/orders', '/addresses', '/sessions', '/password', '/delete', '/confirm', '/cards']) {
      await page.goto(`${world.shop}/${lang}/account${path}`);
      await expectToFit(page, 'account' + path);
    }
    await page.goto(`${world.shop}/${lang}/search?q=${long(100)}`);
    await expectToFit(page, 'search');
    await page.goto(`${world.shop}/${lang}/account/orders?q=${long(100)}`);
    await expectToFit(page, 'orders');
    await page.goto(`${world.shop}/mailbox`);
    await expectToFit(page, 'mailbox');
    for (const mail of await page.getByTestId('mail-item').getByRole('link').evaluateAll((all) => all.slice(0, 2).map((a) => (a as HTMLAnchorElement).href))) {
      await page.goto(mail);
      await expectToFit(page, 'mail');
      const html = await (await page.request.get(mail + '/html')).text();
      await page.setViewportSize({ width: 390, height: 800 });
      await page.goto('about:blank'); // at its own address not even a test's script may run
      await page.setContent(html);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), 'a mail as HTML').toBeLessThanOrEqual(390);
    }
  });
}

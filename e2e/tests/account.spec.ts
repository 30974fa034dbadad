import type { Page } from '@playwright/test';
import { test, expect, addToCart, register, password, type Lang, type World } from './world';

async function signIn(page: Page, world: World, lang: Lang, email: string, words: string) {
  await page.goto(`${world.shop}/${lang}/login`);
  await page.locator('main [name=email]').fill(email);
  await page.locator('main [name=password]').fill(words);
  await page.getByTestId('login-submit').click();
  await expect(page).toHaveURL(`${world.shop}/${lang}/account`);
}

/** Opens the newest mail to an address in the mailbox and follows its link. */
async function followMail(page: Page, world: World, to: string, link: RegExp) {
  await expect(async () => { // the worker writes mails in a moment
    await page.goto(`${world.shop}/mailbox`);
    await page.getByTestId('mail-item').filter({ hasText: to }).getByRole('link').first().click({ timeout: 2_000 });
    await page.getByRole('link', { name: link }).first().click({ timeout: 2_000 });
  }).toPass();
}

test('register, verify, sign out, sign in', async ({ page, world }) => {
  await register(page, world, 'en', 'life@example.ge');
  await expect(page.getByTestId('verify-notice')).toBeVisible();
  await followMail(page, world, 'life@example.ge', /\/en\/verify/);
  await page.getByTestId('verify-submit').click();
  await expect(page).toHaveURL(`${world.shop}/en/account`);
  await expect(page.getByTestId('verify-notice')).toHaveCount(0);
  await page.getByTestId('logout').click();
  await page.goto(`${world.shop}/en/account/orders`);
  await expect(page).toHaveURL(/\/en\/login\?next=/);
  await page.locator('main [name=email]').fill('life@example.ge');
  await page.locator('main [name=password]').fill('not this one');
  await page.getByTestId('login-submit').click();
  await expect(page.getByTestId('form-error')).toBeFocused();
  await expect(page.locator('main [name=email]')).toHaveValue('life@example.ge');
  await page.locator('main [name=password]').fill(password);
  await page.getByTestId('login-submit').click();
  await expect(page).toHaveURL(`${world.shop}/en/account/orders`);
});

test('a forgotten password is reset by mail, once', async ({ page, world }) => {
  await register(page, world, 'ka', 'forgot@example.ge');
  await page.getByTestId('logout').click();
  await page.goto(`${world.shop}/ka/login`);
  await page.getByTestId('to-forgot').click();
  await page.locator('main [name=email]').fill('forgot@example.ge');
  await page.getByTestId('forgot-submit').click();
  await expect(page.getByTestId('forgot-sent')).toBeVisible();
  await followMail(page, world, 'forgot@example.ge', /\/ka\/reset/);
  const link = page.url();
  await page.locator('main [name=password]').fill('12345678');
  await page.getByTestId('reset-submit').click();
  await expect(page.getByTestId('field-error')).toBeVisible();
  await page.locator('main [name=password]').fill('ახალი გრძელი პაროლი');
  await page.getByTestId('reset-submit').click();
  await expect(page).toHaveURL(`${world.shop}/ka/login`);
  await page.goto(link);
  await expect(page.getByTestId('link-dead')).toBeVisible();
  await signIn(page, world, 'ka', 'forgot@example.ge', 'ახალი გრძელი პაროლი');
});

test('a device is signed out from another one', async ({ page, browser, world }) => {
  await register(page, world, 'en', 'devices@example.ge');
  const elsewhere = await browser.newPage();
  await signIn(elsewhere, world, 'en', 'devices@example.ge', password);
  await page.goto(`${world.shop}/en/account/sessions`);
  await expect(page.getByTestId('session-item')).toHaveCount(2);
  await page.getByTestId('sessions-end-others').click();
  await expect(page.getByTestId('session-item')).toHaveCount(1);
  await elsewhere.goto(`${world.shop}/en/account`);
  await expect(elsewhere).toHaveURL(/\/en\/login/);
  await elsewhere.close();
});

test('the cart joins the account, whose addresses the checkout knows', async ({ page, world }) => {
  await addToCart(page, world, 'en', 'tklapi-plum', 2);
  await signIn(page, world, 'en', 'nino@example.ge', 'dukani-demo');
  await expect(page.getByTestId('cart-count')).toHaveText('2');
  await page.goto(`${world.shop}/en/account/addresses/new`);
  await page.locator('[name=delivery][value=city]').check();
  await page.locator('[name=region]').selectOption('imereti');
  await page.locator('[name=city]').fill('Kutaisi');
  await page.locator('[name=street]').fill('Tsereteli 3');
  await page.getByTestId('address-submit').click();
  await expect(page.getByTestId('address-item')).toHaveCount(2);
  await page.goto(`${world.shop}/en/checkout`);
  await expect(page.locator('main [name=email]')).toHaveValue('nino@example.ge');
  await expect(page.locator('[name=delivery][value=tbilisi]')).toBeChecked();
  await page.getByTestId('saved-address').selectOption({ label: 'ნინო კაპანაძე, Imereti, Kutaisi, Tsereteli 3' });
  await page.getByTestId('use-address').click();
  await expect(page.locator('[name=delivery][value=city]')).toBeChecked();
  await expect(page.locator('[name=city]')).toHaveValue('Kutaisi');
  await page.locator('[name=city]').press('Enter'); // orders, as its button does
  await expect(page.locator('[data-field=terms]')).toBeVisible();
  await expect(page).toHaveURL(`${world.shop}/en/checkout`);
});

test.describe('a phone in Georgian without JavaScript', () => {
  test.use({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } });

  test('register, write an address down, leave for good', async ({ page, world }) => {
    await register(page, world, 'ka', 'phone@example.ge');
    await page.goto(`${world.shop}/ka/account/addresses/new`);
    await page.locator('[name=phone]').fill('12');
    await page.locator('[name=street]').fill('რუსთაველის გამზირი 12');
    await page.getByTestId('address-submit').click();
    await expect(page.locator('[data-field=phone]')).toBeVisible();
    await expect(page.locator('[name=street]')).toHaveValue('რუსთაველის გამზირი 12');
    await page.locator('[name=phone]').fill('599 12 34 56');
    await page.getByTestId('address-submit').click();
    await expect(page.getByTestId('address-item')).toHaveCount(1);
    await page.goto(`${world.shop}/ka/account/profile`);
    await page.getByTestId('delete-account').click();
    await page.locator('main [name=password]').fill(password);
    await page.getByTestId('delete-submit').click();
    await expect(page).toHaveURL(`${world.shop}/ka`);
    await page.goto(`${world.shop}/ka/account`);
    await expect(page).toHaveURL(/\/ka\/login/);
  });
});

import { test, expect, addToCart, World, type Lang } from './world';
import type { Page } from '@playwright/test';

async function toProvider(page: Page, world: World, lang: Lang) {
  await page.goto(`${world.shop}/${lang}/login`);
  await page.getByTestId('provider-submit').click();
  await expect(page).toHaveURL(new RegExp(`^${world.id}/authorize\\?`));
  await expect(page.getByTestId('id-banner')).toBeVisible();
}

async function asNewcomer(page: Page, email: string) {
  await page.getByTestId('id-newcomer').check();
  await page.getByTestId('id-email').fill(email);
  await page.getByTestId('id-continue').click();
}

test('a newcomer signs in by the provider, in Georgian, and takes the cart along', async ({ page, world }) => {
  await addToCart(page, world, 'ka', 'tklapi-plum');
  await toProvider(page, world, 'ka');
  await expect(page.locator('html')).toHaveAttribute('lang', 'ka');

  await page.getByTestId('id-refuse').click();
  await expect(page).toHaveURL(new RegExp(`^${world.shop}/ka/login`));
  await expect(page.getByTestId('form-error')).toBeVisible();

  await page.getByTestId('provider-submit').click();
  await asNewcomer(page, 'giorgi');
  await expect(page.getByTestId('field-error')).toHaveAttribute('data-field', 'email');
  await expect(page.getByTestId('id-email')).toHaveValue('giorgi');
  await asNewcomer(page, 'giorgi@example.ge');
  await expect(page).toHaveURL(`${world.shop}/ka/account`);
  await expect(page.getByTestId('account-email')).toHaveText('giorgi@example.ge');
  await expect(page.getByTestId('cart-count').first()).toHaveText('1');

  await page.goto(`${world.shop}/ka/account/confirm?next=/ka/account/profile`);
  await page.getByTestId('confirm-provider').click();
  await asNewcomer(page, 'giorgi@example.ge');
  await expect(page).toHaveURL(`${world.shop}/ka/account/profile`);
  await expect(page.getByTestId('last-way')).toBeVisible();
});

test('an account with the same address is linked by its password, and unlinked again', async ({ page, world }) => {
  const email = 'linked@example.ge', password = 'ქვევრი და ვაზი 2026';
  await page.goto(`${world.shop}/en/register`);
  await page.locator('[name=name]').fill('Nino Kapanadze');
  await page.locator('[name=email]').fill(email);
  await page.locator('[name=password]').fill(password);
  await page.getByTestId('register-submit').click();
  await page.getByTestId('logout').click();

  await toProvider(page, world, 'en');
  await asNewcomer(page, email);
  await expect(page.getByTestId('form-error')).toContainText('with its password once');
  await expect(page.locator('[name=email]')).toHaveValue(email);
  await page.locator('[name=password]').fill(password);
  await page.getByTestId('login-submit').click();
  await expect(page.getByRole('status').filter({ hasText: 'Done' })).toContainText('you can sign in with that service');
  await page.getByTestId('logout').click();

  await toProvider(page, world, 'en');
  await asNewcomer(page, email);
  await expect(page.getByTestId('account-email')).toHaveText(email);

  await page.goto(`${world.shop}/en/account/profile`);
  await expect(page.getByTestId('provider')).toHaveCount(1);
  await page.getByTestId('unlink').click();
  await expect(page.getByTestId('provider')).toHaveCount(0);
});

test('without JavaScript', async ({ browser, world }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await toProvider(page, world, 'en');
  await asNewcomer(page, 'plain@example.ge');
  await expect(page.getByTestId('account-email')).toHaveText('plain@example.ge');
  await context.close();
});

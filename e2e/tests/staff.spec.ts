import type { Page } from '@playwright/test';
import { test, expect, order, payAtBank, expectStatus, orderNumber, signInAsStaff, cards, type Lang, type World } from './world';
import { checkWith, everyLook } from './wellformed';

// The back office, as a member of staff sees it.

const check = checkWith({ 'prefer-native-element': ['error', { exclude: ['region'] }] }); // the region of a table that scrolls

/** What a figure of the dashboard is. */
async function figure(page: Page, name: string) {
  return Number(await page.getByTestId(`admin-figure-${name}`).getAttribute('data-value'));
}

test('a stranger is led to the sign-in, and back to where they were going', async ({ page, world }) => {
  await page.goto(`${world.shop}/admin?days=30`);
  await expect(page).toHaveURL(/\/admin\/login\?next=/);
  await page.locator('main [name=email]').fill('staff@example.ge');
  await page.locator('main [name=password]').fill('not this one');
  await page.getByTestId('staff-login-submit').click();
  await expect(page.getByTestId('form-error')).toBeVisible();
  await page.locator('main [name=password]').fill('dukani-staff');
  await page.getByTestId('staff-login-submit').click();
  await expect(page).toHaveURL(`${world.shop}/admin?days=30`);
  await expect(page.getByTestId('admin-day')).toHaveCount(30);
  await page.getByTestId('staff-logout').click();
  await page.goto(`${world.shop}/admin`);
  await expect(page).toHaveURL(/\/admin\/login/);
});

test('the dashboard shows what is sold and what is to be packed', async ({ page, world }) => {
  test.slow();
  await signInAsStaff(page, world, 'en');
  const before = { pack: await figure(page, 'to_pack'), sales: await figure(page, 'sales'), orders: await figure(page, 'orders') };
  await order(page, world, 'en');
  await payAtBank(page, cards.direct, 'none');
  await expectStatus(page, 'paid');
  const number = await orderNumber(page);
  await order(page, world, 'ka');
  await payAtBank(page, cards.noFunds);
  await expectStatus(page, 'declined');
  await page.goto(`${world.shop}/admin`);
  expect(number).toMatch(/^D-\d+$/);
  expect(await figure(page, 'to_pack')).toBe(before.pack + 1);
  expect(await figure(page, 'orders')).toBe(before.orders + 1);
  expect(await figure(page, 'sales')).toBeGreaterThan(before.sales);
  await expect(page.getByTestId('admin-decline').filter({ hasText: '107' })).toHaveCount(1);
  await page.getByText('The same as a table').first().click();
  await expect(page.getByTestId('admin-day').first()).toBeVisible();
});

for (const [lang, colorScheme] of [['ka', 'light'], ['en', 'dark']] as [Lang, 'light' | 'dark'][]) {
  test.describe(`${lang}, ${colorScheme}`, () => {
    test.use({ colorScheme });

    for (const width of everyLook ? [390, 1280] : lang === 'ka' ? [390] : [1280]) {
      test(`every page of the navigation is accessible and well formed at ${width}`, async ({ page, world }) => {
        test.setTimeout(300_000); // axe looks at some fifteen pages
        await page.setViewportSize({ width, height: 844 });
        await page.goto(`${world.shop}/admin/login${lang === 'en' ? '?lang=en' : ''}`);
        await check(page);
        await signInAsStaff(page, world, lang);
        const pages = await page.locator('.admin-wide a').evaluateAll((links) => links.map((a) => (a as HTMLAnchorElement).href));
        expect(pages.length).toBeGreaterThan(0);
        for (const address of [...pages, `${world.shop}/admin?days=90`]) {
          await page.goto(address);
          await expect(page.locator('h1')).toBeVisible();
          await expect(page.locator('.admin-wide [aria-current=page]')).toHaveCount(1);
          await check(page);
        }
        await page.goto(`${world.shop}/admin`);
        for (const details of await page.locator('details').all()) await details.evaluate((d) => d.setAttribute('open', ''));
        await check(page); // the tables behind the charts
      });
    }

    test('without JavaScript the dashboard is whole', async ({ browser, world }) => {
      const context = await browser.newContext({ javaScriptEnabled: false, colorScheme });
      const page = await context.newPage();
      await signInAsStaff(page, world, lang);
      await expect(page.locator('svg[role=img]')).toHaveCount(2);
      await page.getByTestId('staff-language').click();
      await expect(page.locator('html')).not.toHaveAttribute('lang', lang);
      await page.locator('.period a').last().click();
      await expect(page.getByTestId('admin-day')).toHaveCount(90);
      await context.close();
    });
  });
}

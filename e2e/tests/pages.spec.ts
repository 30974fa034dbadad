import { test, expect, addToCart, fillCheckout, payAtBank, expectStatus, register, buyWithConsent, cards, type Lang } from './world';
import { checkWith, everyLook } from './wellformed';

const check = checkWith();

const pages = ['', '/c/wine', '/p/churchkhela-saperavi', '/search?q=wine', '/search?q=zzzz', '/cart', '/info/terms', '/nowhere'];

for (const [lang, colorScheme] of [['ka', 'light'], ['en', 'dark']] as [Lang, 'light' | 'dark'][]) {
  test.describe(`${lang}, ${colorScheme}`, () => {
    test.use({ colorScheme });
    test.skip(({ isMobile }) => !everyLook && isMobile !== (lang === 'ka'), 'the other looks are for ./test.sh -long');
    for (const path of pages) {
      test(`${path || '/'} is accessible and well formed`, async ({ page, world }) => {
        await page.goto(`${world.shop}/${lang}${path}`);
        await check(page);
      });
    }

    test('the account is accessible and well formed', async ({ page, world }) => {
      test.slow();
      await page.goto(`${world.shop}/${lang}/login`);
      await check(page);
      await page.locator('main [name=email]').fill('nino@example.ge');
      await page.locator('main [name=password]').fill('dukani-demo');
      await page.getByTestId('login-submit').click();
      for (const path of ['', '/orders', '/addresses', '/addresses/new', '/profile', '/password', '/sessions', '/delete']) {
        await page.goto(`${world.shop}/${lang}/account${path}`);
        await check(page);
      }
    });

    test('saved cards and buying again are accessible and well formed', async ({ page, world }) => {
      test.slow();
      await register(page, world, lang);
      const bought = await buyWithConsent(page, world, lang, 'churchkhela-saperavi', 'one click');
      await check(page);
      await page.goto(bought + '/again');
      await check(page);
      await buyWithConsent(page, world, lang, 'imeruli', 'remember');
      await page.goto(`${world.shop}/${lang}/account/cards`);
      await check(page);
      await page.goto(`${world.shop}/${lang}/account/confirm`);
      await check(page);
      await addToCart(page, world, lang, 'imeruli');
      await page.goto(`${world.shop}/${lang}/checkout`);
      await expect(page.getByTestId('use-card')).toHaveCount(1);
      await check(page);
    });

    test('the way from the cart to the paid order is accessible and well formed', async ({ page, world }) => {
      test.slow();
      await addToCart(page, world, lang, 'churchkhela-saperavi');
      await page.goto(`${world.shop}/${lang}/cart`);
      await check(page);
      await fillCheckout(page, world, lang);
      await check(page);
      await page.getByTestId('place-order').click();
      await expect(page).toHaveURL(new RegExp('^' + world.bank));
      await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme); // as the shopper's screen
      await check(page);
      await payAtBank(page, cards.noFunds);
      await expectStatus(page, 'declined');
      await check(page);
      await page.getByTestId('retry-payment').click();
      await payAtBank(page, cards.direct, 'none');
      await expectStatus(page, 'paid');
      await check(page);
      await expect(async () => { // the worker writes mails in a moment
        await page.goto(`${world.shop}/mailbox`);
        await expect(page.getByTestId('mail-item').first()).toBeVisible({ timeout: 2_000 });
      }).toPass();
      await check(page);
      await page.getByTestId('mail-item').getByRole('link').first().click();
      await check(page);
    });
  });
}

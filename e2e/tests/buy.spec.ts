import { test, expect, addToCart, fillCheckout, order, payAtBank, expectStatus, cards, type Lang } from './world';

for (const lang of ['ka', 'en'] as Lang[]) {
  test(`a guest buys in ${lang}, from the shelf to the mail`, async ({ page, world }) => {
    await page.goto(`${world.shop}/${lang}`);
    await page.getByTestId('product-card').first().getByRole('link').first().click();
    await page.getByTestId('add-to-cart').first().click();
    await expect(page.getByTestId('cart-count').first()).toHaveText('1');
    await page.goto(`${world.shop}/${lang}/cart`);
    await expect(page.getByTestId('cart-line')).toHaveCount(1);
    await page.getByTestId('go-to-checkout').click();
    await fillCheckout(page, world, lang);
    await page.getByTestId('place-order').click();

    await expect(page).toHaveURL(new RegExp('^' + world.bank));
    await expect(page.locator('html')).toHaveAttribute('lang', lang);
    await payAtBank(page, cards.good);
    await expect(page).toHaveURL(new RegExp(`^${world.shop}/${lang}/orders/`));
    await expectStatus(page, 'paid');
    await expect(page.getByTestId('order-line')).toHaveCount(1);
    await expect(page.getByTestId('order-vat')).toBeVisible();
    await expect(page.getByTestId('cart-count').first()).toHaveText('0');

    const number = (await page.getByTestId('order-number').first().innerText()).match(/D-\d+/)![0];
    await expect(async () => {
      await page.goto(`${world.shop}/mailbox`);
      await expect(page.getByTestId('mail-item').filter({ hasText: number })).toHaveCount(1, { timeout: 2_000 });
    }).toPass();
    await page.getByTestId('mail-item').filter({ hasText: number }).getByRole('link').click();
    await expect(page.getByTestId('mail-body')).toContainText(number);
  });
}

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('a guest buys in Georgian', async ({ page, world }) => {
    await order(page, world, 'ka');
    await payAtBank(page, cards.good);
    await expectStatus(page, 'paid');
  });

  test('the total follows the delivery by a button', async ({ page, world }) => {
    await addToCart(page, world, 'en', 'churchkhela-saperavi');
    await fillCheckout(page, world, 'en', 'pickup');
    await page.getByTestId('recalculate').click();
    await expect(page.getByTestId('order-total')).toContainText('9.00');
    await expect(page.locator('[name=name]')).toHaveValue('Nino Kapanadze');
    await page.locator('[name=delivery][value=tbilisi]').check();
    await page.getByTestId('recalculate').click();
    await expect(page.getByTestId('order-total')).toContainText('14.00');
  });
});

test('the total follows the delivery by itself', async ({ page, world }) => {
  await addToCart(page, world, 'ka', 'churchkhela-saperavi');
  await fillCheckout(page, world, 'ka', 'tbilisi');
  await expect(page.getByTestId('order-total')).toContainText('14,00');
  await page.locator('[name=delivery][value=pickup]').check();
  await expect(page.getByTestId('order-total')).toContainText('9,00');
  await page.getByTestId('place-order').click();
  await expect(page).toHaveURL(new RegExp('^' + world.bank));
  await expect(page.getByTestId('pay-amount')).toContainText('9');
});

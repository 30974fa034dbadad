import { test, expect, addToCart, fillCheckout, order, register, buyWithConsent, type Lang, type World } from './world';
import type { Page } from '@playwright/test';

/** The cart is changed in another tab, at the same total, while the checkout is open. */
async function replaced(page: Page, world: World, lang: Lang) {
  await addToCart(page, world, lang, 'churchkhela-hazelnut');
  await fillCheckout(page, world, lang, 'pickup');
  await page.locator('[name=note]').fill('ring twice');
  const recalculate = page.getByTestId('recalculate');
  if (await recalculate.isVisible()) await recalculate.click(); // without JavaScript the total does not follow the delivery
  const total = await page.getByTestId('order-total').innerText();

  const other = await page.context().newPage();
  await other.goto(`${world.shop}/${lang}/cart`);
  await other.getByTestId('line-remove').click();
  await other.goto(`${world.shop}/${lang}/p/tkemali-green`);
  await other.getByTestId('add-to-cart').first().click();
  await expect(other.getByTestId('cart-count').first()).toHaveText('1');
  await other.close();

  await page.getByTestId('place-order').click();
  await expect(page.getByTestId('checkout-change')).toHaveCount(2);
  await expect(page.getByTestId('order-total')).toHaveText(total);
  await expect(page.locator('[name=note]')).toHaveValue('ring twice');
  await page.getByTestId('place-order').click();
  await expect(page).toHaveURL(new RegExp('^' + world.bank));
}

test('what was shown is what is ordered, in English', async ({ page, world }) => replaced(page, world, 'en'));

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });
  test('what was shown is what is ordered, in Georgian', async ({ page, world }) => replaced(page, world, 'ka'));
});

test('another way of delivery is no surprise', async ({ page, world }) => {
  await order(page, world, 'en', 'churchkhela-hazelnut', 'pickup'); // the page begins with the courier
});

test('a remembered card is where the checkout begins; a card to remember is a typed one', async ({ page, world }) => {
  await register(page, world, 'en');
  await buyWithConsent(page, world, 'en', 'imeruli', 'remember');
  await addToCart(page, world, 'en', 'imeruli');
  await fillCheckout(page, world, 'en');
  await expect(page.getByTestId('use-card')).toBeChecked();
  await page.getByTestId('save-card').check();
  await expect(page.getByTestId('use-new-card')).toBeChecked();
  await page.getByTestId('use-card').check();
  await expect(page.getByTestId('save-card')).not.toBeChecked();
  await page.getByTestId('place-order').click();
  await expect(page).toHaveURL(new RegExp('^' + world.bank));
  await expect(page.getByTestId('pay-card-number')).toHaveCount(0);
});

test('the price filter says next to the field what it cannot read', async ({ page, world }) => {
  await page.goto(`${world.shop}/en/c/wine?min=cheap`);
  await expect(page.getByTestId('field-error')).toBeVisible();
  await expect(page.locator('#min')).toHaveValue('cheap');
  await page.goto(`${world.shop}/ka/c/wine?min=${encodeURIComponent('1 000 ₾')}`);
  await expect(page.getByTestId('field-error')).toHaveCount(0);
});

import type { Page } from '@playwright/test';
import {
  test, expect, addToCart, fillCheckout, order, orderNumber, payAtBank, expectStatus, signInAsStaff, cards, World, languages,
} from './world';

// A day of staff: what customers order is packed, charged, sent, taken back and refunded.

/** Opens an order in the back office by its number, as found by the search. */
async function openOrder(page: Page, world: World, number: string) {
  await page.goto(`${world.shop}/admin/orders?q=${number}`);
  await expect(page.getByTestId('admin-order-row')).toHaveCount(1);
  await page.getByTestId('admin-order-row').click(); // wherever on the row
  await expect(page).toHaveURL(new RegExp(`/admin/orders/${number}`));
}

/** Asks the bank on the page of an order until an action on its money is decided. */
async function decided(page: Page, action: 'capture' | 'refund', status = 'completed') {
  await expect(async () => {
    await page.getByTestId('ask-bank').click();
    await expect(page.getByTestId(`money-${action}`).first()).toHaveAttribute('data-status', status, { timeout: 500 });
  }).toPass();
}

const value = async (page: Page, id: string) => Number(await page.getByTestId(id).first().getAttribute('data-value'));

/** Pays by the bank's steering, as a shopper on its page would. */
async function force(world: World, id: string) {
  await world.steer(`orders/${id}/pay`, { force: true });
}

for (const lang of languages) {
  test(`a hold is captured in part, sent, returned and refunded (${lang})`, async ({ page, browser }) => {
    test.slow(); // starting a program of its own counts as the test's time
    const world = new World({ SHOP_CAPTURE: 'manual' });
    await world.start();
    try {
      await addToCart(page, world, lang, 'churchkhela-saperavi', 3);
      await fillCheckout(page, world, lang);
      await page.getByTestId('place-order').click();
      await payAtBank(page, cards.direct, 'none');
      await expectStatus(page, 'on_hold');
      const number = await orderNumber(page);
      const shopper = page.url();

      const staff = await (await browser.newContext({ timezoneId: 'Asia/Tbilisi' })).newPage();
      await signInAsStaff(staff, world, lang);
      expect(await value(staff, 'admin-figure-to_capture')).toBe(1);
      await openOrder(staff, world, number);
      await staff.getByTestId('pack-submit').click();
      await expect(staff.getByTestId('admin-fulfilment')).toHaveAttribute('data-status', 'packed');
      await expect(staff.getByTestId('ship-submit')).toHaveCount(0); // nothing is charged yet
      await staff.locator('form:has([data-testid=capture-submit]) [name=units-0]').fill('2'); // one is missing
      await staff.getByTestId('capture-submit').click();
      await decided(staff, 'capture');
      const captured = await value(staff, 'admin-figure-captured');
      expect(captured).toBe(await value(staff, 'admin-figure-authorized') - 900);

      await staff.locator('form:has([data-testid=ship-submit]) [name=carrier]').fill('სწრაფი ფოსტა');
      await staff.locator('form:has([data-testid=ship-submit]) [name=tracking]').fill('GE123456789');
      await staff.getByTestId('ship-submit').click();
      await expect(staff.getByTestId('parcel')).toHaveAttribute('data-status', 'sent');
      await page.goto(shopper);
      await expectStatus(page, 'paid');
      await expect(page.getByTestId('order-fulfilment')).toHaveAttribute('data-status', 'sent');
      await expect(page.getByTestId('tracking-number')).toHaveText('GE123456789');
      await staff.getByTestId('deliver-submit').click();
      await expect(staff.getByTestId('parcel')).toHaveAttribute('data-status', 'delivered');

      await page.goto(shopper);
      await page.getByTestId('withdraw').click();
      await page.getByTestId('withdraw-units').selectOption('1');
      await page.getByTestId('withdraw-submit').click();
      await expect(page.getByTestId('order-return')).toHaveAttribute('data-status', 'announced');

      await staff.goto(`${world.shop}/admin/returns`);
      await staff.getByTestId('return-row').getByRole('link').first().click();
      await staff.getByTestId('restock').fill('1');
      await staff.getByTestId('return-submit').click();
      await openOrder(staff, world, number);
      await decided(staff, 'refund');
      expect(await value(staff, 'admin-figure-refunded')).toBe(900);

      // The rest as an amount: first too much, which is said next to the field and stays in it.
      await staff.getByTestId('refund-amount').fill('1000');
      await staff.locator('form:has([data-testid=refund-submit]) [name=reason]').fill('ნაზუქი დამტვრეული იყო');
      await staff.getByTestId('refund-submit').click();
      await expect(staff.locator('[data-testid=field-error][data-field=amount]')).toBeVisible();
      await expect(staff.getByTestId('refund-amount')).toHaveValue('1000');
      await staff.getByTestId('refund-amount').fill(lang === 'ka' ? '1,50' : '1.50');
      await staff.getByTestId('refund-submit').click();
      await decided(staff, 'refund');
      expect(await value(staff, 'admin-figure-refunded')).toBe(1050);
      await page.goto(shopper);
      await expectStatus(page, 'partly_refunded');
      const [atBank] = await world.bankOrders(number);
      expect(atBank.status).toBe('refunded_partially');
    } finally {
      await world.stop();
      world.remove();
    }
  });

  test(`an order that is picked up, and one that its customer cancels (${lang})`, async ({ page, browser, world }) => {
    test.slow();
    await order(page, world, lang, 'imeruli', 'pickup');
    await payAtBank(page, cards.direct, 'none');
    await expectStatus(page, 'paid');
    const number = await orderNumber(page), shopper = page.url();
    const staff = await (await browser.newContext({ timezoneId: 'Asia/Tbilisi' })).newPage();
    await signInAsStaff(staff, world, lang);
    await openOrder(staff, world, number);
    await staff.getByTestId('pack-submit').click();
    await staff.getByTestId('ready-submit').click();
    await page.goto(shopper);
    await expect(page.getByTestId('order-fulfilment')).toHaveAttribute('data-status', 'ready');
    await expect(page.getByTestId('pickup-place')).toBeVisible();
    await staff.getByTestId('handover-submit').click();
    await expect(staff.getByTestId('admin-fulfilment')).toHaveAttribute('data-status', 'handed_over');

    await order(page, world, lang, 'honey-chestnut');
    await payAtBank(page, cards.direct, 'none');
    await expectStatus(page, 'paid');
    const other = await orderNumber(page);
    await page.getByTestId('cancel-order').click();
    await openOrder(staff, world, other);
    await decided(staff, 'refund');
    await expect(staff.getByTestId('ship-submit')).toHaveCount(0);
    const [atBank] = await world.bankOrders(other);
    expect(atBank.status).toBe('refunded');
  });

  test(`a second payment is given back from the review queue (${lang})`, async ({ page, browser, world }) => {
    test.slow();
    await order(page, world, lang, 'tklapi-plum');
    await payAtBank(page, cards.noFunds);
    await expectStatus(page, 'declined');
    const number = await orderNumber(page);
    const [declined] = await world.bankOrders(number);
    await page.getByTestId('retry-payment').click();
    await payAtBank(page, cards.direct, 'none');
    await expectStatus(page, 'paid');
    await force(world, declined.id);

    const staff = await (await browser.newContext({ timezoneId: 'Asia/Tbilisi' })).newPage();
    await signInAsStaff(staff, world, lang);
    const item = staff.locator('[data-testid=admin-review-item][data-status=second_payment]').filter({ hasText: number });
    await expect(async () => {
      await staff.goto(`${world.shop}/admin/review`);
      await expect(item).toHaveCount(1, { timeout: 500 });
    }).toPass();
    await expect(staff).toHaveTitle(/^\(\d+\) /);
    await item.click();
    await staff.locator('[data-testid=review-way][data-value=refund]').click(); // without a reason
    await expect(staff.locator('[data-testid=field-error][data-field=reason]')).toBeVisible();
    await staff.locator('[name=reason]').fill('ორჯერ ჩამოეჭრა');
    await staff.locator('[data-testid=review-way][data-value=refund]').click();
    await expect.poll(async () => (await world.bankOrders(number)).map((o) => o.status).sort()).toEqual(['completed', 'refunded']);
    await expect(async () => {
      await staff.goto(`${world.shop}/admin/review`);
      await expect(item).toHaveCount(0, { timeout: 500 });
    }).toPass();
  });

  test(`a price list with mistakes changes nothing, one without them all of it (${lang})`, async ({ page, world }) => {
    await signInAsStaff(page, world, lang);
    await page.goto(`${world.shop}/admin/prices`);
    await page.locator('textarea').fill('slug;price;stock\nhoney-alpine;12,50;\nno-such-product;1,00;\nhoney-acacia;much;\n');
    await page.getByTestId('price-list-upload').click();
    await expect(page.getByTestId('price-list-mistake')).toHaveCount(2);
    await expect(page.getByTestId('price-list-confirm')).toHaveCount(0);
    await expect(page.locator('textarea')).toHaveValue(/no-such-product/);
    const price = lang === 'ka' ? '12,70' : '12.90';
    await page.locator('textarea').fill(`slug;price;stock\nhoney-alpine;${price};\n`);
    await page.getByTestId('price-list-upload').click();
    await expect(page.getByTestId('price-list-change')).toHaveCount(1);
    await page.getByTestId('price-list-confirm').click();
    await page.goto(`${world.shop}/${lang}/p/honey-alpine`);
    await expect(page.getByTestId('product-price').first()).toContainText(price);
  });
}

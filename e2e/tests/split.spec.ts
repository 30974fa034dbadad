import { test as base, expect, order, payAtBank, expectStatus, orderNumber, signInAsStaff, cards, World, languages } from './world';

// Makers get their share of what is paid for their goods.

const test = base.extend<object, { sharing: World }>({
  sharing: [async ({}, use) => {
    const world = new World({ SHOP_SPLIT: 'on' });
    await world.start();
    await use(world);
    await world.stop();
  }, { scope: 'worker' }],
});

for (const lang of languages) {
  test(`a maker gets an account and a share of the next order (${lang})`, async ({ page, sharing }) => {
    test.slow();
    await signInAsStaff(page, sharing, lang);
    sharing.sql("DELETE FROM makers WHERE id NOT IN (SELECT maker_id FROM split_shares)");
    // Everything is by one maker, so that whatever is ordered is shared.
    sharing.sql("UPDATE product_texts SET producer = CASE lang WHEN 'ka' THEN 'ლუკა ბერიძე' ELSE 'Luka Beridze' END");
    await page.goto(`${sharing.shop}/admin/makers`);
    const row = page.getByTestId('admin-maker-row').filter({ has: page.getByRole('link', { name: /ლუკა|Luka/ }) });
    if (await row.count()) {
      await row.getByRole('link').first().click();
    } else {
      await page.getByTestId('maker-new').click();
      await page.getByTestId('maker-iban').fill('GE30 NB00 0000 0101 9049 17');
      await page.getByTestId('maker-percent').fill('40');
      await page.getByTestId('maker-save').click();
      await expect(page.locator('[data-testid=field-error][data-field=iban]')).toBeVisible();
    }
    await page.getByTestId('maker-iban').fill('GE29 NB00 0000 0101 9049 17');
    await page.getByTestId('maker-percent').fill('50');
    await page.getByTestId('maker-save').click();
    await expect(page.locator('[data-testid=maker-share][data-value="50%"]')).toBeVisible();

    await order(page, sharing, lang);
    await payAtBank(page, cards.direct, 'none');
    await expectStatus(page, 'paid');
    const number = await orderNumber(page);
    await page.goto(`${sharing.shop}/admin/orders/${number}`);
    await expect(page.getByTestId('split-share')).toHaveAttribute('data-status', 'completed');
    const share = await page.getByTestId('split-share').getAttribute('data-value');
    await expect(page.locator('form', { has: page.getByTestId('refund-submit') }).getByTestId('kept-shares')).toHaveAttribute('data-value', share!);
  });
}

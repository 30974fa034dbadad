import { test, expect, addToCart, order, payAtBank, expectStatus } from './world';

// Pages that change without being left: place and focus stay, and it is said.
const told = '#told';

test('cart: a line changes in place', async ({ page, world }) => {
  for (const slug of ['churchkhela-saperavi', 'imeruli', 'tklapi-plum', 'honey-chestnut', 'saperavi-qvevri']) {
    await page.goto(`${world.shop}/ka/p/${slug}`);
    await page.getByTestId('add-to-cart').click();
    await expect(page.locator('#toast p')).toBeVisible();
  }
  await page.setViewportSize({ width: 390, height: 700 });
  await page.goto(`${world.shop}/ka/cart`);
  const line = page.getByTestId('cart-line').nth(3);
  const more = line.getByTestId('line-more');
  await more.scrollIntoViewIfNeeded();
  const y = await page.evaluate(() => scrollY);
  expect(y).toBeGreaterThan(100);
  await more.focus();
  const total = await page.getByTestId('cart-total').textContent();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter'); // before the first answer: pressed on the new page
  await expect(line.getByTestId('line-quantity')).toHaveValue('3');
  await expect(more).toBeFocused();
  expect(await page.evaluate(() => scrollY)).toBe(y);
  await expect(page.getByTestId('cart-total')).not.toHaveText(total!);
  await expect(page.locator(told)).toContainText((await page.getByTestId('cart-total').textContent())!.trim());
  await expect(page.getByTestId('cart-count').first()).toHaveText('7');

  await line.getByTestId('line-quantity').fill('2');
  await line.getByTestId('line-quantity').press('Tab');
  await expect(page.getByTestId('cart-count').first()).toHaveText('6');
  await expect(page).toHaveURL(`${world.shop}/ka/cart`);
});

test('cart: what was taken out can be put back', async ({ page, world }) => {
  await addToCart(page, world, 'en', 'imeruli', 2);
  await page.goto(`${world.shop}/en/cart`);
  await page.getByTestId('line-remove').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('cart-empty')).toBeVisible();
  await expect(page.getByTestId('cart-undo')).toBeFocused();
  await expect(page.locator(told)).toContainText('Removed from your cart: Imeretian cheese');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('line-quantity')).toHaveValue('2');
  await expect(page.getByTestId('cart-count').first()).toHaveText('2');
});

test('cart: the last of the stock leaves the focus in the line', async ({ page, world }) => {
  await addToCart(page, world, 'en', 'kantsi', 2);
  await page.goto(`${world.shop}/en/cart`);
  await page.getByTestId('line-more').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('line-more')).toBeDisabled();
  await expect(page.getByTestId('line-quantity')).toBeFocused();
});

test('cart: a quantity that was just typed is what is checked out', async ({ page, world }) => {
  await addToCart(page, world, 'ka', 'imeruli');
  await page.goto(`${world.shop}/ka/cart`);
  await page.getByTestId('line-quantity').fill('3');
  await page.getByTestId('go-to-checkout').click();
  await expect(page).toHaveURL(`${world.shop}/ka/checkout`);
  await expect(page.getByTestId('order-line')).toContainText('3 ×');
});

test('filters: a range can be typed, and nothing is sent before the button', async ({ page, world }) => {
  await page.goto(`${world.shop}/ka/c/wine`);
  await page.locator('#min').fill('30');
  await page.locator('#max').click();
  await page.keyboard.type('45');
  await page.keyboard.press('Tab');
  await page.locator('[name=region]').first().focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await expect(page.locator('[name=region]').first()).toBeFocused();
  await expect(page).toHaveURL(`${world.shop}/ka/c/wine`);
  await expect(page.locator('#min')).toHaveValue('30');
  await page.getByTestId('facet-apply').focus();
  await page.evaluate(() => scrollTo(0, 120));
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`${world.shop}/ka/c/wine?min=30&max=45`); // and no sort for nothing
  await expect(page.getByTestId('facet-apply')).toBeFocused();
  await expect(page.locator('#max')).toHaveValue('45');
  expect(await page.evaluate(() => scrollY)).toBeGreaterThan(60);
  await expect(page.locator(told)).toHaveText((await page.getByTestId('result-count').textContent())!);
  await expect(page.getByTestId('language-switch')).toHaveAttribute('href', '/en/c/wine?min=30&max=45');

  await page.locator('.chips a').first().click(); // without the lowest price
  await expect(page).toHaveURL(`${world.shop}/ka/c/wine?max=45`);
  await expect(page.locator('#min')).toHaveValue('');
  await expect(page.locator('#found')).toBeFocused();
  await page.goBack();
  await expect(page.locator('#min')).toHaveValue('30');
});

for (const [width, height] of [[1280, 800], [1280, 600], [390, 844]]) {
  test(`filters at ${width} x ${height}: what has the focus is not under the button`, async ({ page, world }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' }); // scrolls at once
    await page.setViewportSize({ width, height });
    await page.goto(`${world.shop}/ka/c/cheese`);
    if (width < 960) await page.locator('.facets summary').click();
    await page.locator('input[name=stock]').focus();
    for (const key of ['Tab', 'Tab', ...Array(9).fill('ArrowDown')]) {
      await page.keyboard.press(key);
      const [name, seen] = await page.evaluate(() => {
        const { x, y, width, height } = document.activeElement!.getBoundingClientRect();
        return [(document.activeElement as HTMLInputElement).value, document.elementFromPoint(x + width / 2, y + height / 2) === document.activeElement];
      });
      expect.soft(seen, `"${name}" is covered`).toBe(true);
    }
  });
}

test('sorting keeps the place, and the arrow keys may pass', async ({ page, world }) => {
  for (const path of ['/c/wine', '/search?q=wine']) {
    await page.goto(`${world.shop}/en${path}`);
    const first = await page.getByTestId('product-card').first().textContent();
    const asked: string[] = [];
    page.on('request', (r) => { if (/sort=/.test(r.url())) asked.push(r.url()); });
    await page.getByTestId('sort-select').focus();
    await page.getByTestId('sort-select').evaluate((select: HTMLSelectElement) => { // as the arrow key does
      for (const value of ['new', 'price_asc', 'price_desc']) {
        select.value = value;
        select.dispatchEvent(new Event('change', { bubbles: true }));
      }
    });
    await expect(page).toHaveURL(/sort=price_desc/);
    expect(asked).toHaveLength(1);
    await expect(page.getByTestId('product-card').first()).not.toHaveText(first!);
    await expect(page.getByTestId('sort-select')).toBeFocused();
    page.removeAllListeners('request');
  }
});

test('on a phone the filter closes and what was found has the focus', async ({ page, world }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${world.shop}/ka/c/wine`);
  await page.locator('#facets summary').click();
  await page.locator('[name=sale]').check();
  await page.getByTestId('facet-apply').click();
  await expect(page).toHaveURL(/sale=1/);
  await expect(page.locator('#found')).toBeFocused();
  await expect(page.getByTestId('facet-apply')).toBeHidden();
});

test('an order that is decided meanwhile says so in place', async ({ page, world }) => {
  await world.steer('settings', { leave_early: true });
  await order(page, world, 'ka');
  await payAtBank(page, '4000 0000 0000 0020'); // processing for 5 seconds
  await expectStatus(page, 'confirming');
  await page.evaluate(() => { (window as unknown as { here: boolean }).here = true; });
  await expectStatus(page, 'paid');
  expect(await page.evaluate(() => (window as unknown as { here: boolean }).here), 'the page was loaded anew').toBe(true);
  await expect(page.locator(told)).toContainText('გმადლობთ, შეკვეთა გადახდილია');
  await expect(page.getByTestId('cart-count').first()).toHaveText('0');
  await world.steer('settings', { leave_early: false });
});

test('print: a receipt, and a product without buttons but with all its pictures', async ({ page, world }) => {
  await order(page, world, 'ka');
  await payAtBank(page, '4000 0000 0000 0010', 'none');
  await expectStatus(page, 'paid');
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByText('ქვითარი D-')).toBeVisible();
  for (const e of ['h1', '.button', '[data-testid=account-offer]', 'nav']) await expect(page.locator(e).first()).toBeHidden();
  await page.goto(`${world.shop}/ka/p/churchkhela-saperavi`);
  for (const e of ['.button', '[data-testid=related-product]', '[data-testid=picture-next]', 'select']) await expect(page.locator(e).first()).toBeHidden();
  const boxes = await Promise.all((await page.getByTestId('picture').all()).map((p) => p.boundingBox()));
  expect(boxes.length).toBeGreaterThan(1);
  for (const box of boxes) expect(box!.x + box!.width).toBeLessThanOrEqual(page.viewportSize()!.width);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the cart comes back to its line, and what was taken out can be put back', async ({ page, world }) => {
    await page.setViewportSize({ width: 390, height: 700 });
    for (const slug of ['churchkhela-saperavi', 'imeruli', 'tklapi-plum', 'honey-chestnut', 'saperavi-qvevri']) {
      await page.goto(`${world.shop}/ka/p/${slug}`);
      await page.getByTestId('add-to-cart').click();
    }
    const line = page.getByTestId('cart-line').nth(3);
    await line.getByTestId('line-more').click();
    await expect(line.getByTestId('line-quantity')).toHaveValue('2');
    await expect(line).toBeInViewport();
    await page.getByTestId('cart-line').nth(4).getByTestId('line-remove').click();
    await expect(page.getByTestId('cart-line')).toHaveCount(4);
    await page.getByTestId('cart-undo').click();
    await expect(page.getByTestId('cart-line')).toHaveCount(5);
  });

  test('filters are sent by their button', async ({ page, world }) => {
    await page.goto(`${world.shop}/ka/c/wine`);
    await page.locator('#min').fill('30');
    await page.locator('#max').fill('45');
    await page.getByTestId('facet-apply').click();
    await expect(page).toHaveURL(/min=30&max=45/);
    await expect(page.locator('#min')).toHaveValue('30');
  });
});

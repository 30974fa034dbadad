import { test, expect, addToCart } from './world';

test('Georgian typed in Latin letters is found', async ({ page, world }) => {
  for (const [typed, found] of [['churchkhela', 'ჩურჩხელა'], ['tkemali', 'ტყემალი'], ['chacha', 'ჭაჭა'], ['sulguni', 'სულგუნი']]) {
    await page.goto(`${world.shop}/ka/search?q=${typed}`);
    await expect(page.getByTestId('product-card').first()).toContainText(found);
  }
});

test('suggestions while typing', async ({ page, world }) => {
  await page.goto(`${world.shop}/ka`);
  await page.getByTestId('search-input').first().fill('ჩურჩ');
  const option = page.getByRole('option').first();
  await expect(option).toContainText('ჩურჩხელა');
  await page.getByTestId('search-input').first().press('ArrowDown');
  await page.getByTestId('search-input').first().press('Enter');
  await expect(page).toHaveURL(/\/ka\/p\/churchkhela/);
});

test('nothing found is a page one can go on from', async ({ page, world }) => {
  await page.goto(`${world.shop}/en/search?q=zzzzqqqq`);
  await expect(page.getByTestId('search-results').getByTestId('product-card')).toHaveCount(0);
  await page.getByTestId('search-results').getByRole('link').first().click();
  await expect(page.getByTestId('product-card').first()).toBeVisible();
});

test('facets and sorting live in the address', async ({ page, world }) => {
  await page.goto(`${world.shop}/en/c/wine?sort=price_asc&stock=1`);
  const prices = await page.getByTestId('product-price').evaluateAll((list) => list.map((e) => parseFloat(e.textContent!.replace(/[^0-9.]/g, ''))));
  expect(prices.length).toBeGreaterThan(3);
  expect(prices).toEqual([...prices].sort((a, b) => a - b));
  await page.goto(`${world.shop}/en/c/wine?sale=1&max=30`);
  await expect(page.getByTestId('product-card')).toHaveCount(1); // Tsinandali, 31 down to 26
  await expect(page.getByTestId('old-price').first()).toBeVisible();
});

test('a page number beyond the end helps', async ({ page, world }) => {
  for (const n of ['99', '0', '-1', 'x', '1e9']) {
    const answer = await page.goto(`${world.shop}/ka/c/wine?page=${n}`);
    expect(answer!.status()).toBeLessThan(500);
    await expect(page.locator('main').getByRole('link', { name: /./ }).first()).toBeVisible();
  }
});

test('the cart gives no more than there is and says so', async ({ page, world }) => {
  await addToCart(page, world, 'en', 'kantsi', 3);
  await page.goto(`${world.shop}/en/p/kantsi`);
  await page.getByTestId('add-to-cart').first().click();
  await page.goto(`${world.shop}/en/cart`);
  await expect(page.getByTestId('cart-count').first()).toHaveText('3');
  await expect(page.getByTestId('line-quantity')).toHaveValue('3');
});

test('lines are changed and removed', async ({ page, world }) => {
  await addToCart(page, world, 'ka', 'imeruli', 2);
  await page.goto(`${world.shop}/ka/cart`);
  await expect(page.getByTestId('cart-total')).toContainText('38,00');
  await page.getByTestId('line-remove').click();
  await expect(page.getByTestId('cart-empty')).toBeVisible();
});

test('sold out can be looked at and not bought', async ({ page, world }) => {
  await page.goto(`${world.shop}/en/p/ojaleshi`);
  await expect(page.getByTestId('stock-state').first()).toHaveAttribute('data-status', 'sold_out');
  await expect(page.getByTestId('add-to-cart')).toHaveCount(0);
});

test('the other language shows the same page', async ({ page, world }) => {
  await page.goto(`${world.shop}/ka/c/wine?sale=1`);
  await page.getByTestId('language-switch').first().click();
  await expect(page).toHaveURL(`${world.shop}/en/c/wine?sale=1`);
  await page.goto(world.shop);
  await expect(page).toHaveURL(`${world.shop}/en`);
});

test('a bad checkout form says what is wrong, next to it, and keeps what was typed', async ({ page, world }) => {
  await addToCart(page, world, 'ka', 'imeruli');
  await page.goto(`${world.shop}/ka/checkout`);
  await page.locator('[name=name]').fill('ნინო');
  await page.locator('[name=email]').fill('nino@');
  await page.locator('form').filter({ has: page.getByTestId('place-order') }).evaluate((f: HTMLFormElement) => { f.noValidate = true; });
  const answer = page.waitForResponse((r) => r.url() === `${world.shop}/ka/checkout` && r.request().method() === 'GET');
  await page.getByTestId('place-order').click();
  expect((await answer).status()).toBe(422); // the page that the refused form leads to
  await expect(page.getByTestId('error-summary')).toBeVisible();
  for (const field of ['email', 'phone', 'terms']) {
    await expect(page.locator(`[data-testid=field-error][data-field=${field}]`)).toBeVisible();
  }
  await expect(page.locator('[name=name]')).toHaveValue('ნინო');
  await expect(page.locator('[name=email]')).toHaveValue('nino@');
  await page.getByTestId('language-switch').click();
  await expect(page).toHaveURL(`${world.shop}/en/checkout`);
  await expect(page.locator('[name=name]')).toHaveValue('ნინო');
});

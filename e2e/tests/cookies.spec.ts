import { expect, test } from './world';

// A browser that keeps no cookies: it never hears of them.
test.beforeEach(async ({ page }) => {
  await page.route('**/*', async (route) => {
    const asked = route.request();
    const headers = await asked.allHeaders();
    delete headers['accept-encoding'];
    const answer = await fetch(asked.url(), { method: asked.method(), headers, body: asked.postData() ?? undefined, redirect: 'manual' });
    const told = Object.fromEntries(answer.headers);
    delete told['set-cookie'];
    await route.fulfill({ status: answer.status, headers: told, body: Buffer.from(await answer.arrayBuffer()) });
  });
});

for (const javaScriptEnabled of [true, false]) {
  test.describe(`scripts ${javaScriptEnabled}`, () => {
    test.use({ javaScriptEnabled });
    test('without cookies nothing is said to lie in the cart', async ({ page, world }) => {
      await page.goto(`${world.shop}/en/p/churchkhela-saperavi`);
      await page.getByTestId('add-to-cart').first().click();
      await expect(page.getByText('To shop here your browser must keep cookies').first()).toBeVisible();
      await expect(page.getByTestId('cart-count').first()).toBeHidden();
    });
  });
}

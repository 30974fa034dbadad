import { test, expect, addToCart, fillCheckout, order, orderNumber, payAtBank, typeCard, expectStatus, cards, World, languages } from './world';

test('declined once, paid at the second try, on the same order', async ({ page, world }) => {
  await order(page, world, 'en');
  await payAtBank(page, cards.noFunds);
  await expectStatus(page, 'declined');
  await expect(page.getByTestId('decline-reason')).toBeVisible();
  const number = await orderNumber(page);
  await expect(page.getByTestId('cart-count').first()).toHaveText('1'); // the cart is as it was
  await page.getByTestId('retry-payment').click();
  await expect(page).toHaveURL(new RegExp('^' + world.bank));
  await payAtBank(page, cards.good);
  await expectStatus(page, 'paid');
  expect(await orderNumber(page)).toBe(number);
  const attempts = await world.bankOrders(number);
  expect(attempts.map((a) => a.status).sort()).toEqual(['completed', 'rejected']);
});

test('3-D Secure refused', async ({ page, world }) => {
  await order(page, world, 'ka');
  await payAtBank(page, cards.good, 'reject');
  await expectStatus(page, 'declined');
  await expect(page.getByTestId('decline-reason')).toBeVisible();
});

test('cancelled on the bank’s page', async ({ page, world }) => {
  await order(page, world, 'ka');
  await page.getByTestId('pay-cancel').click();
  await expectStatus(page, 'declined');
  await expect(page.getByTestId('retry-payment')).toBeVisible();
});

test('Back from the bank and placing again makes one order', async ({ page, world }) => {
  await order(page, world, 'en', 'imeruli', 'pickup');
  const bankPage = page.url();
  await page.goBack();
  await expect(page.getByTestId('place-order')).toBeVisible();
  await page.getByTestId('place-order').click();
  await expect(page).toHaveURL(bankPage);

  await fillCheckout(page, world, 'en', 'pickup'); // the form fetched anew
  await page.getByTestId('place-order').click();
  await expect(page).toHaveURL(bankPage);
  await payAtBank(page, cards.direct, 'none');
  await expectStatus(page, 'paid');
});

test('a double click places one order', async ({ page, world }) => {
  await addToCart(page, world, 'en', 'tklapi-plum');
  await fillCheckout(page, world, 'en', 'pickup');
  const form = await page.locator('form').filter({ has: page.getByTestId('place-order') }).evaluate((f: HTMLFormElement) =>
    Object.fromEntries([...new FormData(f).entries()].map(([k, v]) => [k, String(v)])));
  const url = `${world.shop}/en/checkout`;
  const answers = await Promise.all(Array.from({ length: 8 }, () =>
    page.request.post(url, { form, maxRedirects: 0, headers: { origin: world.shop } })));
  expect(answers.map((a) => a.status())).toEqual(Array(8).fill(303));
  expect(new Set(answers.map((a) => a.headers()['location'])).size).toBe(1);
});

test('reloading a paid order keeps it paid', async ({ page, world }) => {
  await order(page, world, 'ka');
  await payAtBank(page, cards.direct, 'none');
  await expectStatus(page, 'paid');
  await page.reload();
  await expectStatus(page, 'paid');
  const attempts = await world.bankOrders(await orderNumber(page));
  expect(attempts.length).toBe(1);
});

test('the callback is lost and the browser comes back: paid', async ({ page, world }) => {
  await order(page, world, 'en');
  await page.locator('[name=sim_callback]').selectOption('lost');
  await payAtBank(page, cards.direct, 'none');
  await expectStatus(page, 'paid');
});

test('the callback comes twice: paid once', async ({ page, world }) => {
  await order(page, world, 'en');
  await page.locator('[name=sim_callback]').selectOption('twice');
  await payAtBank(page, cards.direct, 'none');
  await expectStatus(page, 'paid');
  const number = await orderNumber(page);
  await expect(async () => { // the worker writes it in a moment
    await page.goto(`${world.shop}/mailbox`);
    await expect(page.getByTestId('mail-item').filter({ hasText: number })).toHaveCount(1, { timeout: 2_000 });
  }).toPass();
});

test('the browser never comes back: the callback pays the order', async ({ page, world }) => {
  await order(page, world, 'en', 'dried-apple', 'pickup');
  const id = new URL(page.url()).searchParams.get('order_id')!;
  await page.goBack();
  await world.steer(`orders/${id}/pay`, {});
  await page.getByTestId('place-order').click(); // the form sent again leads to the order
  await expect(page).toHaveURL(new RegExp(`^${world.shop}/en/orders/`));
  await expectStatus(page, 'paid');
});

test('the success address proves nothing', async ({ page, world }) => {
  await order(page, world, 'en');
  const id = new URL(page.url()).searchParams.get('order_id')!;
  const { receipt } = await (await fetch(`${world.bank}/_sim/orders/${id}`)).json();
  await page.goto(receipt.redirect_links.success);
  await expectStatus(page, 'awaiting_payment');
  await page.getByTestId('retry-payment').click(); // goes on with the page that is open
  await expect(page).toHaveURL(new RegExp(id));
});

test('a slow bank: the page says so and then shows the truth', async ({ page, world }) => {
  await order(page, world, 'ka');
  await typeCard(page, '4000 0000 0000 0020');
  await page.getByTestId('pay-submit').click();
  const confirm = page.getByTestId('threeds-confirm');
  await confirm.click();
  await expectStatus(page, 'paid');
});

test('what somebody else ordered cannot be seen', async ({ page, world }) => {
  const answer = await page.goto(`${world.shop}/en/orders/AAAAAAAAAAAAAAAAAAAAAAAAAA`);
  expect(answer!.status()).toBe(404);
});

// These move the bank's clock or kill the program, so they have a world of their own.
test.describe('alone', () => {
  test.slow(); // starting the program, once or twice, counts as the test's time
  let own: World;
  test.beforeEach(async () => {
    own = new World();
    await own.start();
  });
  test.afterEach(async ({ leave }) => {
    await leave(); // the page may be asking for the order's status
    await own.stop();
    own.remove();
  });

  test('time runs out at the bank', async ({ page }) => {
    await order(page, own, 'ka', 'tenili', 'pickup');
    const id = new URL(page.url()).searchParams.get('order_id')!;
    const { receipt } = await (await fetch(`${own.bank}/_sim/orders/${id}`)).json();
    await own.steer('clock', { offset_seconds: 3600 });
    await page.reload();
    await expect(page.getByTestId('pay-submit')).toHaveCount(0);
    await page.goto(receipt.redirect_links.fail);
    await expectStatus(page, 'expired');
    await page.goto(`${own.shop}/ka/p/tenili`);
    await expect(page.getByTestId('stock-state').first()).toContainText('2'); // the unit is back on the shelf
  });

  test('killed between “paid at the bank” and the callback, started again: paid', async ({ page, leave }) => {
    await order(page, own, 'en');
    const id = new URL(page.url()).searchParams.get('order_id')!;
    const { receipt } = await (await fetch(`${own.bank}/_sim/orders/${id}`)).json();
    await own.steer(`orders/${id}/pay`, { callback: { mode: 'lost' } });
    await leave(); // the shopper has closed the bank's page
    await own.stop('SIGKILL');
    await own.start();
    const token = receipt.redirect_links.success.match(/orders\/([^/?]+)/)[1];
    await expect(async () => { // nobody looks at the order's page: the worker has to find it
      const mails = await (await fetch(`${own.shop}/mailbox`)).text();
      expect(mails).toContain(receipt.external_order_id);
    }).toPass({ timeout: 20_000 });
    await page.goto(`${own.shop}/en/orders/${token}`);
    await expectStatus(page, 'paid');
  });

  for (const lang of languages) {
    const words = {
      ka: { nothing: 'თანხა არ ჩამოგჭრიათ', waiting: 'გადახდის გაგრძელება', go: 'გადახდის გაგრძელება' },
      en: { nothing: 'you have not been charged', waiting: 'waiting for payment', go: 'Continue to payment' },
    }[lang];

    test(`the bank is silent while ordering: the page says so and moves on by itself (${lang})`, async ({ page }) => {
      await own.steer('faults', { kind: '500_after', route: 'create' });
      await addToCart(page, own, lang, 'churchkhela-saperavi');
      await fillCheckout(page, own, lang, 'pickup');
      const asked = Date.now();
      await page.getByTestId('place-order').click();
      await expect(page.getByTestId('bank-silent')).toContainText(words.nothing);
      expect(Date.now() - asked).toBeLessThan(8_000);
      await expectStatus(page, 'awaiting_payment');
      await expect(page.getByTestId('order-status')).not.toContainText(words.waiting);
      const number = await orderNumber(page);
      const orderPage = page.url();
      await fetch(`${own.bank}/_sim/faults`, { method: 'DELETE' });
      await expect(page).toHaveURL(new RegExp('^' + own.bank)); // nobody pressed anything
      expect((await own.bankOrders(number)).length).toBe(1);
      await page.goBack(); // must not lead to the bank again
      await expect(page).not.toHaveURL(new RegExp('^' + own.bank));
      await page.goto(orderPage);
      await expect(page.getByTestId('retry-payment')).toHaveText(words.go);
      await page.getByTestId('retry-payment').click();
      await payAtBank(page, cards.direct, 'none');
      await expectStatus(page, 'paid');
    });
  }

  test('a silent bank without JavaScript: the page is loaded again until it can be paid', async ({ browser, page, leave }) => {
    await leave();
    const context = await browser.newContext({ javaScriptEnabled: false });
    const plain = await context.newPage();
    await own.steer('faults', { kind: 'html_error_page', status: 502, route: 'create' });
    await plain.goto(`${own.shop}/ka/p/churchkhela-saperavi`);
    await plain.getByTestId('add-to-cart').first().click();
    await expect(plain.getByTestId('cart-count').first()).toHaveText('1');
    await fillCheckout(plain, own, 'ka', 'tbilisi'); // another delivery would change the total
    await plain.getByTestId('place-order').click();
    await expect(plain.getByTestId('bank-silent')).toBeVisible();
    await fetch(`${own.bank}/_sim/faults`, { method: 'DELETE' });
    await expect(plain.getByTestId('retry-payment')).toHaveText('გადახდის გაგრძელება', { timeout: 15_000 });
    await plain.getByTestId('retry-payment').click();
    await expect(plain).toHaveURL(new RegExp('^' + own.bank));
    await context.close();
  });

  test('a silent bank: trying by hand leads on as well', async ({ page }) => {
    await own.steer('faults', { kind: '500_before', route: 'create' });
    await addToCart(page, own, 'en', 'churchkhela-saperavi');
    await fillCheckout(page, own, 'en', 'pickup');
    await page.getByTestId('place-order').click();
    await expect(page.getByTestId('bank-silent')).toBeVisible();
    await page.getByTestId('retry-payment').click(); // while it is silent
    await expect(page.getByTestId('bank-silent')).toBeVisible();
    await fetch(`${own.bank}/_sim/faults`, { method: 'DELETE' });
    await expect(async () => {
      if (page.url().startsWith(own.shop)) await page.getByTestId('retry-payment').click({ timeout: 1000 });
      expect(page.url().startsWith(own.bank)).toBeTruthy();
    }).toPass();
  });

  test('the bank does not let the shop in: paying is out of order, and nothing is declined', async ({ page }) => {
    await own.steer('faults', { kind: 'html_error_page', status: 403, route: 'create' });
    await addToCart(page, own, 'en', 'churchkhela-saperavi');
    await fillCheckout(page, own, 'en', 'pickup');
    await page.getByTestId('place-order').click();
    await expect(page.getByTestId('payments-out-of-order')).toContainText('you have not been charged');
    await expectStatus(page, 'awaiting_payment');
    await fetch(`${own.bank}/_sim/faults`, { method: 'DELETE' });
    await expect(page).toHaveURL(new RegExp('^' + own.bank));
  });
});

for (const lang of languages) {
  test(`leaving during 3-D Secure: the order’s page offers the way back (${lang})`, async ({ page, world, leave }) => {
    test.slow(); // eight pages
    await order(page, world, lang);
    const id = new URL(page.url()).searchParams.get('order_id')!;
    const { receipt } = await (await fetch(`${world.bank}/_sim/orders/${id}`)).json();
    await typeCard(page, cards.good);
    await page.getByTestId('pay-submit').click();
    await expect(page.getByTestId('threeds-confirm')).toBeVisible();
    await leave();
    await page.goto(receipt.redirect_links.success.replace('/return', ''));
    await expectStatus(page, 'confirming');
    await expect(page.getByTestId('retry-payment')).toHaveCount(0);
    await page.getByTestId('back-to-bank').click();
    await page.getByTestId('threeds-confirm').click(); // the question is still there
    await expectStatus(page, 'paid');
    expect((await world.bankOrders(receipt.external_order_id)).length).toBe(1);
  });
}

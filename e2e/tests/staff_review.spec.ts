import type { APIRequest, APIRequestContext, Page } from '@playwright/test';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { test, expect, password, signInAsStaff, World } from './world';

// Every kind of review item is raised by what the bank, the shopper or the mail server does, and
// resolved by a button on its page. Where only time would raise it, the shop's records are aged.

const card = { good: '4000000000000010', declined: '4000000000000002', weak: '4000000000000003', stuck: '4000000000000030' };

/** A mail server that knows nobody called nobody. */
async function mailServer(): Promise<Server> {
  const server = createServer((socket) => {
    let data = false;
    socket.on('error', () => {});
    socket.write('220 mail.example ready\r\n');
    let rest = '';
    socket.on('data', (chunk) => {
      rest += chunk;
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (data) {
          if (line !== '.') continue;
          data = false;
          socket.write('250 taken\r\n');
        } else if (/^DATA/i.test(line)) {
          data = true;
          socket.write('354 go on\r\n');
        } else {
          socket.write(/^RCPT.*<nobody@/i.test(line) ? '550 5.1.1 no such mailbox\r\n' : '250 fine\r\n');
          if (/^QUIT/i.test(line)) socket.end();
        }
      }
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return server;
}

/** Where the form around an element of a page goes, and what it would send as it stands. */
function formAround(html: string, id: string) {
  const form = html.split('<form').slice(1).map((f) => f.split('</form>')[0]).find((f) => f.includes(`data-testid="${id}"`));
  if (!form) throw new Error(`no form around ${id}`);
  const plain = (text = '') => text.replace(/&#(\d+);/g, (_, n) => String.fromCharCode(n)).replace(/&amp;/g, '&');
  const attribute = (tag: string, name: string) => plain(tag.match(new RegExp(`\\b${name}="([^"]*)"`))?.[1]);
  const fields: Record<string, string> = {};
  for (const [tag] of form.matchAll(/<input[^>]*>/g)) {
    if (!/type="(checkbox|radio)"/.test(tag) || /\schecked/.test(tag)) fields[attribute(tag, 'name')] = attribute(tag, 'value');
  }
  return { action: attribute(form.split('>')[0], 'action'), fields };
}

type Placed = { number: string; id: string; page: string; shopper: APIRequestContext };

/** Shoppers who send the shop's forms without looking at its pages. */
class Shoppers {
  constructor(private world: World, private requests: APIRequest) {}

  async visitor() {
    return this.requests.newContext({ baseURL: this.world.shop, extraHTTPHeaders: { 'accept-language': 'en' } });
  }

  /** Somebody with an account, who may have cards saved. */
  async member() {
    const shopper = await this.visitor();
    const email = `nino-${crypto.randomUUID()}@example.ge`;
    const answer = await shopper.post('/en/register', { form: { name: 'Nino', email, password } });
    expect(answer.url()).toBe(`${this.world.shop}/en/account`);
    return shopper;
  }

  /** Sends the form around an element of a page. */
  async press(shopper: APIRequestContext, page: string, id: string, more: Record<string, string> = {}) {
    const { action, fields } = formAround(await (await shopper.get(page)).text(), id);
    return shopper.post(action, { form: { ...fields, ...more }, maxRedirects: 0 });
  }

  /** Places an order, which then stands unpaid at the bank. */
  async order(more: Record<string, string> = {}, shopper?: APIRequestContext, slug = 'churchkhela-saperavi'): Promise<Placed> {
    shopper ??= await this.visitor();
    await shopper.post('/en/cart/items', { form: { product: slug, quantity: '1' } });
    const html = await (await shopper.get('/en/checkout')).text();
    const { fields } = formAround(html, 'place-order');
    const total = html.match(/value="pickup"[^>]*data-tetri="(\d+)"/)![1];
    const answer = await shopper.post('/en/checkout', {
      form: { ...fields, name: 'Nino', email: 'nino@example.ge', phone: '599123456', delivery: 'pickup', terms: '1', expected_total: total, ...more }, maxRedirects: 0,
    });
    const to = answer.headers()['location'] ?? '';
    const id = new URL(to, this.world.shop).searchParams.get('order_id');
    expect(id, `${answer.status()} to ${to}`).toBeTruthy();
    const [number, token] = this.world.sql(`SELECT o.number, o.token FROM orders o JOIN payments p ON p.order_id = o.id WHERE p.bank_order_id = '${id}'`).split('|');
    return { number, id: id!, page: `/en/orders/${token}`, shopper };
  }

  /** Pays an order by the bank's steering, as its shopper would on the bank's page. */
  async pays(o: Placed, number = card.good, more: object = {}) {
    await this.world.steer(`orders/${o.id}/pay`, { card: number, ...more });
  }

  /** Looks at the order's page until it has that status: coming back settles a payment, too. */
  async sees(o: Placed, status: string) {
    await expect.poll(async () => (await (await o.shopper.get(o.page)).text()).match(/data-testid="order-status"[^>]*data-status="(\w+)"/)?.[1]).toBe(status);
  }

  async buys(number = card.good, status = 'paid', more?: Record<string, string>, shopper?: APIRequestContext) {
    const o = await this.order(more, shopper);
    await this.pays(o, number);
    await this.sees(o, status);
    return o;
  }
}

const past = '2026-01-01 00:00:00+00:00', never = '2099-01-01 00:00:00+00:00';

/** Opens the item of a kind about an order, "" for one that is about none. */
async function openItem(staff: Page, world: World, kind: string, order = '') {
  const item = staff.locator(`[data-testid=admin-review-item][data-status=${kind}]`);
  await expect(async () => {
    await staff.goto(`${world.shop}/admin/review?kind=${kind}&q=${order}`);
    await expect(item).toHaveCount(1, { timeout: 200 });
  }).toPass({ timeout: 20_000 });
  await item.getByRole('link').click();
  await expect(staff.locator('h1[data-testid=admin-review-item]')).toHaveAttribute('data-status', kind);
  return staff.url();
}

/** Goes a way out of the item that is open, "close" by the button of its own. */
async function takeWay(staff: Page, world: World, way: string, more: Record<string, string> = {}) {
  const page = staff.url();
  await staff.locator('main [name=reason]').fill(`ვნახეთ ბანკში: ${way}`);
  for (const [name, value] of Object.entries(more)) await staff.locator(`main [name=${name}]`).fill(value);
  const button = way === 'close' ? staff.getByTestId('resolve-review') : staff.locator(`[data-testid=review-way][data-value=${way}]`);
  await button.click();
  await expect(staff).toHaveURL(`${world.shop}/admin/review`);
  await staff.goto(page);
  await expect(staff.getByTestId('review-outcome')).toContainText(`ვნახეთ ბანკში: ${way}`);
  await expect(staff.getByTestId('resolve-review')).toHaveCount(0);
}

/** Asks the bank on the item's page, which stays open or, by the bank's answer, closes. */
async function ask(staff: Page, closes: boolean) {
  await staff.getByTestId('ask-bank').click();
  await expect(staff.locator('main .notice').first()).toBeVisible();
  await expect(staff.getByTestId('resolve-review')).toHaveCount(closes ? 0 : 1);
}

test('each kind of review item is raised and resolved', async ({ page: staff, playwright, problems }) => {
  test.slow(); // starting a program of its own, twice, counts as the test's time
  const server = await mailServer();
  const world = new World({ SMTP_URL: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`, SHOP_MAIL_FROM: 'Dukani <shop@dukani.test>' });
  const seen: Record<string, string> = {}; // kind -> the address of its item
  const resolve = async (kind: string, way: string, order = '', more: Record<string, string> = {}) => {
    await test.step(`${kind}: ${way}`, async () => {
      seen[kind] = await openItem(staff, world, kind, order);
      await takeWay(staff, world, way, more);
    });
  };
  const askFirst = async (kind: string, closes: boolean, order = '') => {
    await test.step(`${kind}: ask`, async () => {
      seen[kind] = await openItem(staff, world, kind, order);
      await ask(staff, closes);
    });
  };
  const age = (o: Placed, set: string) => world.sql(`UPDATE payments SET ${set} WHERE bank_order_id = '${o.id}'`);
  const ageAction = async (o: Placed, table: string) => {
    const its = `WHERE payment_id = (SELECT id FROM payments WHERE bank_order_id = '${o.id}')`;
    await expect.poll(() => world.sql(`SELECT state FROM ${table} ${its}`)).toBe('requested'); // the worker's move to it writes the time
    world.sql(`UPDATE ${table} SET updated_at = '${past}', next_try_at = '${past}' ${its}`);
  };
  const callback = (o: Placed, how: object = {}) => world.steer(`orders/${o.id}/callback`, how);
  try {
    await world.start();
    const shop = new Shoppers(world, playwright.request);
    await signInAsStaff(staff, world, 'en');

    // The bank has money that the shop was not told of: found by comparing the day.
    const lost = await shop.order();
    age(lost, `next_check_at = '${never}'`);
    await world.steer(`orders/${lost.id}/plan`, { callback: { mode: 'lost' } });
    await shop.pays(lost);
    await staff.goto(`${world.shop}/admin/reconciliation/${new Intl.DateTimeFormat('sv', { timeZone: 'Asia/Tbilisi' }).format()}`);
    await staff.getByTestId('reconcile-submit').click();
    await resolve('reconciliation_difference', 'take', lost.number);
    await shop.sees(lost, 'paid');

    const strange = await shop.order();
    await world.steer('faults', { kind: 'unknown_status', route: 'receipt', order_id: strange.id, count: 1000 });
    await callback(strange);
    const gone = await shop.order();
    const elsewhere = crypto.randomUUID();
    age(gone, `bank_order_id = '${elsewhere}', expires_at = '${past}', next_check_at = '${past}'`);
    const charged = await shop.order();
    age(charged, `kind = 'automatic', state = 'starting', bank_order_id = NULL, expires_at = '${past}', next_check_at = '${past}'`);
    const stuck = await shop.order();
    age(stuck, `created_at = '${past}', expires_at = '${past}'`);
    await shop.pays(stuck, card.stuck);
    await callback(stuck);
    const weak = await shop.buys(card.weak);
    await shop.press(weak.shopper, weak.page, 'cancel-order');
    const slow = await shop.buys();
    await world.steer(`orders/${slow.id}/plan`, { later: 'never' });
    await shop.press(slow.shopper, slow.page, 'cancel-order');
    await ageAction(slow, 'refunds');
    const late = await shop.order({}, undefined, 'imeruli');
    await world.steer(`orders/${late.id}/plan`, { later: 'never' });
    world.sql(`UPDATE orders SET status = 'expired', reserves_stock = 0 WHERE number = '${late.number}';
      UPDATE stock SET on_hand = 0, reserved = 0 WHERE product_id = (SELECT id FROM products WHERE slug = 'imeruli')`);
    age(late, `state = 'expired'`);
    await shop.pays(late);
    const twice = await shop.buys(card.declined, 'declined');
    const again = await shop.press(twice.shopper, twice.page, 'retry-payment');
    await world.steer(`orders/${new URL(again.headers()['location']).searchParams.get('order_id')}/pay`, { card: card.good });
    await shop.sees(twice, 'paid');
    await shop.pays(twice, card.good, { force: true });
    const tried = await shop.buys(card.declined, 'declined');
    await world.steer('settings', { methods: ['card', 'bog_p2p'] });
    await shop.press(tried.shopper, tried.page, 'retry-payment', { method: 'google_pay' });
    const byHand = await shop.buys();
    age(byHand, `method = 'bog_loan'`); // the bank does not refund loans
    await shop.press(byHand.shopper, byHand.page, 'cancel-order');
    const less = await shop.order();
    age(less, 'requested_tetri = requested_tetri + 100');
    await shop.pays(less);
    const replaced = await shop.order();
    await shop.order({}, replaced.shopper); // of the same cart
    await shop.pays(replaced);
    await callback(lost, { mode: 'unknown_order' });
    const unread = await shop.buys(card.good, 'paid', { email: 'nobody@example.ge' });
    const member = await shop.member();
    const kept = await shop.buys(card.good, 'paid', { save_card: '1' }, member);
    await world.steer('faults', { kind: 'html_error_page', route: 'forget_card', status: 400, order_id: kept.id, count: 1 });
    await shop.press(member, '/en/account/cards', 'remove-card');
    const key = world.sql(`SELECT remove_key FROM saved_cards WHERE parent_bank_id = '${kept.id}'`);
    world.sql(`UPDATE saved_cards SET remove_key = 'no key', next_try_at = '${past}' WHERE remove_key = '${key}'`); // the bank refuses that
    await callback(kept);
    const other = await shop.order({ save_card: '1' }, await shop.member());
    await fetch(`${world.bank}/payments/v1/orders/${other.id}/subscriptions`, { method: 'PUT', headers: await world.merchant() });
    await shop.pays(other);

    await askFirst('unknown_status', false, strange.number);
    await resolve('unknown_status', 'close', strange.number);
    await test.step('unknown_at_bank: ask', async () => {
      seen['unknown_at_bank'] = await openItem(staff, world, 'unknown_at_bank', gone.number);
      world.sql(`UPDATE payments SET bank_order_id = '${gone.id}', next_check_at = '${never}' WHERE bank_order_id = '${elsewhere}'`);
      await ask(staff, true);
    });
    await resolve('charge_unknown', 'give_up', charged.number);
    await resolve('undecided', 'give_up', stuck.number);
    await resolve('refund_rejected', 'retry_refund', weak.number);
    await askFirst('refund_undecided', false, slow.number);
    await resolve('refund_undecided', 'close', slow.number);
    await askFirst('paid_too_late', false, late.number);
    await resolve('paid_too_late', 'close', late.number);
    await resolve('second_payment', 'refund', twice.number);
    await expect.poll(async () => (await world.bankOrders(twice.number)).map((o) => o.status).sort()).toEqual(['completed', 'refunded']);
    await resolve('method_off', 'close');
    // This shop shares nothing with makers: that it came from the bank is in the desk's own tests.
    world.sql("INSERT INTO review_items (kind, subject, detail, happening, at) VALUES ('split_rejected', 'split', 'split is not active', 'refused', '2026-11-01 10:00:00')");
    await resolve('split_rejected', 'close');
    await resolve('refund_by_hand', 'by_hand', byHand.number);
    await shop.sees(byHand, 'cancelled');
    await resolve('mismatch', 'take', less.number);
    await shop.sees(less, 'paid');
    await resolve('paid_after_cancel', 'fulfil', replaced.number);
    await resolve('mail_not_sent', 'mail', unread.number, { email: 'nino.new@example.ge' });
    await expect.poll(() => world.sql(`SELECT count(*) FROM mails WHERE recipient = 'nino.new@example.ge' AND sent_at IS NOT NULL`)).toBe('1');
    await fetch(`${world.bank}/_sim/faults`, { method: 'DELETE' });
    await test.step('card_not_forgotten: forget_card', async () => {
      seen['card_not_forgotten'] = await openItem(staff, world, 'card_not_forgotten', kept.number);
      world.sql(`UPDATE saved_cards SET remove_key = '${key}' WHERE parent_bank_id = '${kept.id}'`);
      await takeWay(staff, world, 'forget_card');
    });
    await resolve('card_kind', 'forget_card', other.number);
    await expect.poll(() => world.sql(`SELECT DISTINCT state FROM saved_cards`)).toBe('removed');
    await askFirst('unknown_order', false);
    await resolve('unknown_order', 'close');

    // A customer who has withdrawn waits for the money; the hourly look-out comes with the start.
    const returned = await shop.buys();
    await staff.goto(`${world.shop}/admin/orders/${returned.number}`);
    await staff.locator('form:has([data-testid=handover-submit]) [name=to]').fill('Nino');
    await staff.getByTestId('handover-submit').click();
    await expect(staff.getByTestId('admin-fulfilment')).toHaveAttribute('data-status', 'handed_over');
    await shop.press(returned.shopper, `${returned.page}/withdraw`, 'withdraw-submit', { units_0: '1' });
    world.sql(`UPDATE returns SET due_at = '${past}'`);
    await world.stop();
    await world.start({ SHOP_CAPTURE: 'manual' });
    await resolve('return_overdue', 'close', returned.number);

    const expiring = await shop.buys(card.good, 'on_hold');
    const days26 = 26 * 24 * 3600 * 1000;
    age(expiring, `held_at = '${new Date(Date.now() - days26).toISOString().replace('T', ' ').replace(/\..*/, '+00:00')}'`);
    await callback(expiring);
    const refused = await shop.buys(card.weak, 'on_hold');
    await shop.press(refused.shopper, refused.page, 'cancel-order');
    const hanging = await shop.buys(card.good, 'on_hold');
    await world.steer(`orders/${hanging.id}/plan`, { later: 'never' });
    await shop.press(hanging.shopper, hanging.page, 'cancel-order');
    await ageAction(hanging, 'captures');
    await resolve('hold_expiring', 'capture', expiring.number);
    await shop.sees(expiring, 'paid');
    await resolve('capture_rejected', 'release', refused.number);
    await askFirst('capture_undecided', false, hanging.number);
    await resolve('capture_undecided', 'close', hanging.number);

    // The bank lets nobody in: nothing else can be done meanwhile, so that comes last.
    await world.steer('faults', { kind: 'html_error_page', route: 'token', status: 401, count: 1000 });
    await world.steer('faults', { kind: '401', route: 'receipt', count: 1000 });
    await callback(hanging);
    await test.step('no_access: ask', async () => {
      seen['no_access'] = await openItem(staff, world, 'no_access');
      await staff.getByTestId('ask-bank').click();
      await expect(staff.getByTestId('form-error')).toBeVisible(); // the bank does not answer
      expect(problems.splice(0)).toEqual([expect.stringContaining('503')]);
    });
    await resolve('no_access', 'close');

    const kinds = await staff.locator('body').evaluate(() => fetch('/admin/review').then((r) => r.text()));
    const all = [...kinds.matchAll(/<option value="([a-z_]+)"/g)].map((m) => m[1]).filter((k) => k !== 'open' && k !== 'resolved');
    expect(Object.keys(seen).sort()).toEqual(all.sort());
    await staff.getByTestId('staff-language').click();
    for (const [kind, address] of Object.entries(seen)) { // the same in the other language
      const html = await (await staff.request.get(address)).text();
      expect(html, kind).toContain('<html lang="ka"');
      expect(html, kind).not.toMatch(/admin\.review\./);
    }
  } finally {
    await world.stop();
    world.remove();
    server.close();
  }
});

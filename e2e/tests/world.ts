import { test as base, expect, type Page, type Request } from '@playwright/test';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export { expect };

export const cards = {
  good: '4000 0000 0000 0001',
  noFunds: '4000 0000 0000 0002',
  direct: '4000 0000 0000 0010', // no 3-D Secure step
};

const server = process.env.TEST_DATABASE_URL; // of PostgreSQL; without one the shops have SQLite's files

const psql = (database: string, statement: string) =>
  execFileSync('psql', ['--no-psqlrc', '-qAt', '-v', 'ON_ERROR_STOP=1', '-c', statement, database], { encoding: 'utf8' }).trim();

/** SQL for a column of bytes as the text that they are. */
export const asText = (column: string) => server ? `convert_from(${column}, 'UTF8')` : `CAST(${column} AS TEXT)`;

/** A running shop with its simulated bank, on free ports and with databases of its own. */
export class World {
  shop = '';
  bank = '';
  id = ''; // the simulated provider to sign in with
  private child?: ChildProcess;
  private folder = mkdtempSync(path.join(tmpdir(), 'dukani-'));
  private database = path.join(this.folder, 'shop.db'); // a file, or the URL of a database of the server that the tests run on

  /** settings are those of .env.example that differ from the others' worlds. */
  constructor(private settings: Record<string, string> = {}) {
    if (!server) return;
    const name = 'dukani_e2e_' + crypto.randomUUID().replaceAll('-', '');
    psql(server, `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
    const url = new URL(server);
    url.pathname = name;
    this.database = url.href;
  }

  async start(more: Record<string, string> = {}) {
    Object.assign(this.settings, more);
    const child = spawn(path.resolve('../bin/dukani'), {
      env: {
        ...process.env,
        SHOP_ADDR: this.shop ? new URL(this.shop).host : '127.0.0.1:0',
        SIMULATOR_ADDR: this.bank ? new URL(this.bank).host : '127.0.0.1:0',
        IDENTITY_ADDR: this.id ? new URL(this.id).host : '127.0.0.1:0',
        DATABASE_URL: this.database,
        SIMULATOR_DB: path.join(this.folder, 'bank.db'),
        ...this.settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    let log = '';
    child.stderr!.on('data', (chunk) => { log = (log + chunk).slice(-20_000); });
    await new Promise<void>((started, failed) => {
      let said = '';
      child.stdout!.on('data', (chunk) => {
        said += chunk;
        this.id = said.match(/^id: (\S+)$/m)?.[1] ?? this.id;
        this.bank = said.match(/^bank: (\S+)$/m)?.[1] ?? this.bank;
        const shop = said.match(/^shop: (\S+)$/m)?.[1];
        if (shop) {
          this.shop = shop;
          started();
        }
      });
      child.once('exit', (code) => failed(new Error(`the shop ended with ${code}:\n${said}\n${log}`)));
    });
  }

  /** Ends the program; SIGKILL is a crash. */
  async stop(signal: NodeJS.Signals = 'SIGTERM') {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.removeAllListeners('exit');
    child.once('exit', () => {});
    const gone = new Promise((resolve) => child.once('close', resolve));
    child.kill(signal);
    await Promise.race([ended, gone]);
  }

  /** Reads or changes the shop's database behind its back, as another program would. */
  sql(statement: string) {
    if (server) return psql(this.database, statement);
    return execFileSync('sqlite3', ['-cmd', '.timeout 5000', this.database, statement], { encoding: 'utf8' }).trim();
  }

  /** Charges a card saved on an order past the shop; says what became of it. */
  async charge(parent: string) {
    const headers = await this.merchant();
    const { id } = await (await fetch(`${this.bank}/payments/v1/ecommerce/orders/${parent}/subscribe`, {
      method: 'POST', headers, body: JSON.stringify({ external_order_id: 'past the shop' }),
    })).json();
    const receipt = await (await fetch(`${this.bank}/payments/v1/receipt/${id}`, { headers })).json();
    return `${receipt.order_status.key} ${receipt.payment_detail.code}`;
  }

  /** The headers of a call that the merchant makes past the shop. */
  async merchant() {
    const token = await (await fetch(`${this.bank}/auth/realms/bog/protocol/openid-connect/token`, {
      method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials' }),
      headers: { authorization: 'Basic ' + Buffer.from('dukani:dukani-demo-secret').toString('base64') },
    })).json();
    return { authorization: `Bearer ${token.access_token}`, accept: 'application/json', 'content-type': 'application/json' };
  }

  remove() {
    if (server) psql(server, `DROP DATABASE ${new URL(this.database).pathname.slice(1)} WITH (FORCE)`);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Steers the bank: POST /_sim/{what}. */
  async steer(what: string, body: object) {
    const answer = await fetch(`${this.bank}/_sim/${what}`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
    });
    expect(answer.ok, `${what}: ${answer.status}`).toBeTruthy();
    return answer.json();
  }

  /** The bank's orders for one of the shop's order numbers, oldest first. */
  async bankOrders(number: string): Promise<{ id: string; status: string; taken: number }[]> {
    const answer = await fetch(`${this.bank}/_sim/orders?external_order_id=${number}`);
    return answer.json();
  }
}

export const test = base.extend<{ problems: string[]; leave: () => Promise<void> }, { world: World }>({
  world: [async ({}, use) => {
    const world = new World();
    await world.start();
    await use(world);
    await world.stop();
    world.remove();
  }, { scope: 'worker' }],

  /** Errors in the browser's console and of the Content-Security-Policy. */
  problems: [async ({ page }, use) => {
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => {
      if (message.type() !== 'error') return;
      // A page that answers 404 or 422 on purpose is no fault of the page.
      if (/Failed to load resource: the server responded with a status of 4\d\d/.test(message.text())) return;
      problems.push(message.text());
    });
    await use(problems);
    expect(problems).toEqual([]);
  }, { auto: true }],

  /**
   * Leaves the page once it has all it asked for. A page that is reached is not
   * a page that is loaded: fonts still under way when the program is killed are
   * reset, and the browser says so in the console.
   */
  leave: [async ({ page }, use) => {
    const underWay = new Set<Request>();
    page.on('request', (request) => underWay.add(request));
    page.on('requestfinished', (request) => underWay.delete(request));
    page.on('requestfailed', (request) => underWay.delete(request));
    await use(async () => {
      await page.waitForLoadState('load'); // fonts included
      await expect.poll(() => [...underWay].map((request) => request.url())).toEqual([]); // and the icon
      await page.goto('about:blank');
    });
  }, { auto: true }],
});

export type Lang = 'ka' | 'en';

/** The languages in which long stories are told: one that is drawn in each run (playwright.config.ts), or all. */
export const languages = process.env.EVERY_LOOK ? ['ka', 'en'] as Lang[] : [process.env.TEST_LANG as Lang];

export async function addToCart(page: Page, world: World, lang: Lang, slug: string, quantity = 1) {
  await page.goto(`${world.shop}/${lang}/p/${slug}`);
  if (quantity > 1) await page.locator('select[name=quantity]').selectOption(String(quantity));
  await page.getByTestId('add-to-cart').first().click();
  await expect(page.getByTestId('cart-count').first()).toHaveText(String(quantity));
}

export async function fillCheckout(page: Page, world: World, lang: Lang, delivery: 'tbilisi' | 'pickup' = 'tbilisi') {
  await page.goto(`${world.shop}/${lang}/checkout`);
  await page.locator('[name=name]').fill(lang === 'ka' ? 'ნინო კაპანაძე' : 'Nino Kapanadze');
  await page.locator('[name=email]').fill('nino@example.ge');
  await page.locator('[name=phone]').fill('599 12 34 56');
  await page.locator(`[name=delivery][value=${delivery}]`).check();
  if (delivery === 'tbilisi') await page.locator('[name=street]').fill('რუსთაველის გამზირი 12, ბინა 4');
  await page.locator('[name=terms]').check();
}

/** Places an order for one product and arrives on the bank's page. */
export async function order(page: Page, world: World, lang: Lang, slug = 'churchkhela-saperavi', delivery: 'tbilisi' | 'pickup' = 'tbilisi') {
  await addToCart(page, world, lang, slug);
  await fillCheckout(page, world, lang, delivery);
  await page.getByTestId('place-order').click();
  await expect(page).toHaveURL(new RegExp('^' + world.bank + '/\\?order_id='));
}

export async function typeCard(page: Page, card: string) {
  await page.getByTestId('pay-card-number').fill(card);
  await page.getByTestId('pay-card-expiry').fill('12/30');
  await page.getByTestId('pay-card-cvv').fill('123');
}

export async function payAtBank(page: Page, card: string, threeDS: 'confirm' | 'reject' | 'none' = 'confirm') {
  await typeCard(page, card);
  await page.getByTestId('pay-submit').click();
  if (threeDS !== 'none') await page.getByTestId(`threeds-${threeDS}`).click();
}

export async function expectStatus(page: Page, status: string) {
  await expect(page.getByTestId('order-status').first()).toHaveAttribute('data-status', status, { timeout: 15_000 });
}

/** Signs in to the back office as the demo manager, in a language. */
export async function signInAsStaff(page: Page, world: World, lang: Lang) {
  await page.goto(`${world.shop}/admin/login`);
  await page.locator('main [name=email]').fill('staff@example.ge');
  await page.locator('main [name=password]').fill('dukani-staff');
  await page.getByTestId('staff-login-submit').click();
  await expect(page).toHaveURL(`${world.shop}/admin`);
  if (await page.locator('html').getAttribute('lang') !== lang) await page.getByTestId('staff-language').click();
  await expect(page.locator('html')).toHaveAttribute('lang', lang);
}

export async function orderNumber(page: Page) {
  return (await page.getByTestId('order-number').first().innerText()).match(/D-\d+/)![0];
}

export const password = 'ქვევრი და ვაზი 2026';

/** Registers somebody nobody has heard of and leaves them signed in. */
export async function register(page: Page, world: World, lang: Lang, email = `nino-${crypto.randomUUID()}@example.ge`) {
  await page.goto(`${world.shop}/${lang}`);
  await page.getByTestId('account-link').click();
  await page.getByTestId('to-register').click();
  await page.locator('main [name=name]').fill('ნინო კაპანაძე');
  await page.locator('main [name=email]').fill(email);
  await page.locator('main [name=password]').fill(password);
  await page.getByTestId('register-submit').click();
  await expect(page).toHaveURL(`${world.shop}/${lang}/account`);
}

/** Buys one of a product and has the card saved; ends on the paid order's page. */
export async function buyWithConsent(page: Page, world: World, lang: Lang, slug: string, consent: 'remember' | 'one click') {
  await page.goto(`${world.shop}/${lang}/p/${slug}`);
  await page.getByTestId('add-to-cart').first().click();
  await expect(page.getByTestId('cart-count').first()).toHaveText('1');
  await fillCheckout(page, world, lang);
  await expect(page.getByTestId('save-card')).not.toBeChecked();
  await page.getByTestId('save-card').check();
  if (consent === 'one click') {
    await expect(page.getByTestId('one-click-consent')).not.toBeChecked();
    await page.getByTestId('one-click-consent').check();
  }
  await page.getByTestId('place-order').click();
  await expect(page).toHaveURL(new RegExp('^' + world.bank));
  await payAtBank(page, cards.direct, 'none');
  await expectStatus(page, 'paid');
  await expect(page.getByTestId('card-saved')).toBeVisible();
  return page.url();
}

import type { Page } from '@playwright/test';
import { test, expect, addToCart, type Lang } from './world';

// What a page looks like in boxes: at the widths of a small phone, a phone, a tablet,
// a laptop and a large screen, in both languages.
const widths = [320, 390, 768, 1280, 1920];

/** How many columns of cards there may be, beside a filter and without one. */
const columns: Record<number, { whole: number; listing: number }> = {
  320: { whole: 2, listing: 2 }, 390: { whole: 2, listing: 2 }, 768: { whole: 3, listing: 3 },
  1280: { whole: 4, listing: 3 }, 1920: { whole: 4, listing: 3 },
};

const pages = ['', '/all/new', '/c/wine', '/c/books', '/search?q=wine', '/search?q=zzzz', '/p/churchkhela-saperavi', '/info/terms', '/cart', '/login'];

type Box = { what: string; x: number; right: number; width: number; height: number };

/** Measures the page that is open: nothing outside, nothing too small, as many columns as there should be. */
async function measure(page: Page, width: number, at: string) {
  const found = await page.evaluate(() => {
    const box = (e: Element): Box => {
      const r = e.getBoundingClientRect();
      return { what: `${e.tagName} ${e.className} ${(e.textContent ?? '').trim().slice(0, 30)}`, x: r.x, right: r.right, width: r.width, height: r.height };
    };
    const shown = (e: Element) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;
    const pushed = (e: Element) => e.closest('.slide-row, .strip, .gallery, .skip, .unseen, .hits');
    const wide = document.documentElement.clientWidth;
    const all = [...document.querySelectorAll('body *')].filter((e) => shown(e) && !pushed(e));
    return {
      sideways: document.documentElement.scrollWidth - wide,
      outside: all.map(box).filter((b) => b.width > 1 && (b.x < -1 || b.right > wide + 1)),
      bursting: all.filter((e) => e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1 && !e.matches('input, select, textarea, svg *, :has(> .gallery, > .slide-row)')).map(box),
      columns: [...document.querySelectorAll('.cards:not(.strip)')].map((e) => ({
        listing: !!e.closest('.listing'), columns: getComputedStyle(e).gridTemplateColumns.split(' ').length,
        widest: Math.max(...[...e.children].map((c) => c.getBoundingClientRect().width)),
      })),
      small: [...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')]
        .filter((e) => shown(e) && !e.closest('.unseen, .skip, p, .hint, .check') && !e.matches('.card h3 a, .tile a, .cart-name a, .choice input, .unseen'))
        .map(box).filter((b) => b.height < 24 || b.width < 24),
    };
  });
  expect(found.sideways, `${at} scrolls sideways`).toBeLessThanOrEqual(0);
  expect(found.outside, `${at}: outside the page`).toEqual([]);
  expect(found.bursting, `${at}: wider than what it stands in`).toEqual([]);
  expect(found.small, `${at}: too small to be touched`).toEqual([]);
  for (const list of found.columns) {
    expect(list.columns, `${at}: columns of cards`).toBe(list.listing ? columns[width].listing : columns[width].whole);
    expect(list.widest, `${at}: a card is a card, not a poster`).toBeLessThan(340);
  }
}

for (const lang of ['ka', 'en'] as Lang[]) {
  test(`${lang}: the way to the bank is in its place at every width`, async ({ page, world }) => {
    test.slow();
    await addToCart(page, world, lang, 'rustaveli', 2); // a long word, in quotes
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      for (const path of ['/cart', '/checkout']) {
        await page.goto(`${world.shop}/${lang}${path}`);
        await measure(page, width, `${lang}${path} at ${width}`);
      }
      if (lang === 'en') continue;
      const name = page.getByTestId('order-line').locator('.line-name'); // no line holds a quotation mark alone
      expect(await name.evaluate((e) => {
        const range = document.createRange();
        const text = e.firstChild as Text;
        const word = text.data.indexOf('„');
        range.setStart(text, word);
        range.setEnd(text, text.data.indexOf('“') + 1);
        return range.getClientRects().length;
      }), `the title is broken at ${width}`).toBe(1);
    }
  });

  for (const width of widths) {
    test(`${lang} at ${width}: everything is in its place`, async ({ page, world }) => {
      test.slow();
      await page.setViewportSize({ width, height: 900 });
      for (const path of pages) {
        await page.goto(`${world.shop}/${lang}${path}`);
        await measure(page, width, `${lang}${path} at ${width}`);
      }
    });

    test(`${lang} at ${width}: the pictures of a product are on the screen`, async ({ page, world }) => {
      await page.setViewportSize({ width, height: 900 });
      await page.goto(`${world.shop}/${lang}/p/churchkhela-saperavi`);
      const pictures = page.getByTestId('picture');
      const n = await pictures.count();
      expect(n).toBeGreaterThan(1);
      const inside = async (i: number) => {
        const box = (await pictures.nth(i).boundingBox())!;
        return box.x >= 0 && box.x + box.width <= width;
      };
      if (width >= 896) { // all at once, and nothing to stop at with the keyboard
        for (let i = 0; i < n; i++) expect(await inside(i), `picture ${i + 1}`).toBe(true);
        await expect(page.getByTestId('picture-next').first()).toBeHidden();
        await expect(page.getByTestId('gallery')).not.toHaveAttribute('tabindex', /./);
        return;
      }
      expect(await inside(0)).toBe(true);
      for (let i = 0; i < n; i++) { // one after the other, by keyboard, and the count says which
        await expect.poll(() => inside(i), `picture ${i + 1}`).toBe(true);
        const next = pictures.nth(i).getByTestId('picture-next');
        await expect(next).toContainText(`${i + 1}/${n}`);
        await next.focus();
        await page.keyboard.press('Enter');
      }
      await expect.poll(() => inside(0), 'and back to the first').toBe(true);
    });
  }

  test(`${lang}: the current place in a row of links is on the screen of a phone`, async ({ page, world }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const path of ['/c/wine', '/c/tea', '/c/books', '/p/churchkhela-saperavi', '/info/contact']) {
      await page.goto(`${world.shop}/${lang}${path}`);
      for (const current of await page.locator('.slide-row [aria-current]').all()) {
        await expect.poll(async () => {
          const box = (await current.boundingBox())!;
          return box.x >= 0 && box.x + box.width <= 390;
        }, path).toBe(true);
      }
    }
  });
}

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the next picture is a link', async ({ page, world }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${world.shop}/ka/p/churchkhela-saperavi`);
    await page.getByTestId('picture-next').first().click();
    await expect.poll(async () => (await page.getByTestId('picture').nth(1).boundingBox())!.x).toBeLessThan(20);
  });
});

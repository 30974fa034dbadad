import type axe from 'axe-core';
import { readFileSync } from 'node:fs';
import { HtmlValidate, type RuleConfig } from 'html-validate';
import { expect, type Page } from '@playwright/test';

const axeSource = readFileSync('node_modules/axe-core/axe.min.js', 'utf8'); // read by a browser in half the time of axe.js
const standard = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'];

/**
 * Whether pages are looked at in every language and on every screen. Otherwise a phone has them in Georgian, whose words are
 * the longer ones, and light, and a desktop in English and dark, because axe takes longer than everything else in these tests.
 */
export const everyLook = !!process.env.EVERY_LOOK;

/** A check of pages that are accessible, well formed, and no wider than the window; rules are those of HTML that differ. */
export function checkWith(rules: RuleConfig = {}) {
  const html = new HtmlValidate({
    extends: ['html-validate:recommended'],
    rules: { 'long-title': 'off', 'no-trailing-whitespace': 'off', 'void-style': 'off', ...rules },
  });
  return async (page: Page) => {
    const at = new URL(page.url()).pathname;
    expect(await violations(page)).toEqual([]);
    const source = await (await page.context().request.get(page.url())).text();
    const report = await html.validateString(source);
    expect(report.results.flatMap((r) => r.messages.map((m) => `${at}: ${m.ruleId}: ${m.message} (line ${m.line})`))).toEqual([]);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(overflow, `${at} scrolls sideways`).toBeLessThanOrEqual(0);
  };
}

/**
 * Runs axe inside the page itself. Its own runner opens a second page for the report and
 * describes every element that passed, which takes longer than the rules; both are for
 * frames of other origins and for reports, and the pages have no frames.
 */
export async function violations(page: Page): Promise<string[]> {
  expect(page.frames(), 'a page with frames: axe has to run in each').toHaveLength(1);
  await page.evaluate(axeSource);
  return page.evaluate(async (values) => {
    const found = await window.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'], preload: false }); // it would fetch the style sheets of other origins
    return found.violations.map((v) => `${location.pathname}: ${v.id}: ${v.nodes.map((n) => n.html).join('\n')}`);
  }, standard);
}

declare global {
  interface Window { axe: typeof axe }
}

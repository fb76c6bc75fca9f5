import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** Where the pictures of all pages go, for people to look at; without it none are taken. */
const pictures = process.env['SCREENSHOTS'];

/** In both themes and at three widths: nothing for axe to find, and nothing that has to be scrolled sideways. */
export async function inspect(page: Page, name: string): Promise<void> {
  const found: string[] = [];
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await page.locator(`html[data-theme=${theme}]`).waitFor();
    for (const width of [360, 768, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (tooWide > 0) found.push(`${theme} ${width}: ${tooWide} px too wide`);
      if (pictures) {
        await mkdir(pictures, { recursive: true });
        await page.screenshot({ path: path.join(pictures, `${name}-${width}-${theme}.png`), fullPage: true });
      }
      if (width === 768) continue;
      await page.evaluate(axe.source);
      const violations = await page.evaluate(async () => {
        const { axe: checker } = window as unknown as { axe: typeof axe };
        return (await checker.run(document)).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(', ')}`);
      });
      found.push(...violations.map((violation) => `${theme} ${width}: ${violation}`));
    }
  }
  expect(found).toEqual([]);
}

/** Opens a page, and waits until it shows what it is about. */
export async function go(page: Page, to: string): Promise<void> {
  await page.goto(to);
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.waitForLoadState('load');
  await page.locator('.dimming').first().waitFor({ state: 'detached' });
}

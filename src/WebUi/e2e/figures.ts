import { execFileSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { CDPSession, Page } from 'playwright-core';
import { test } from 'vitest';
import { Account } from './api';
import { openBrowser } from './browser';
import { eventually } from './eventually';
import { Server } from './server';

const agents = 40;
const updates = 500;
const minute = 60_000;
const rounds = 9;

declare global {
  interface Window {
    figures: { contentAt: number; longestTask: number; shift: number; elsewhere: number; commits: number };
  }
}

/** Runs before the page's own scripts: notes when there is something to use, how much moved, and how often the page changed. */
function observe(): void {
  window.figures = { contentAt: 0, longestTask: 0, shift: 0, elsewhere: 0, commits: 0 };
  new MutationObserver(() => {
    window.figures.commits++;
    if (window.figures.contentAt === 0 && document.querySelector('ul[aria-label="Running"] a')) window.figures.contentAt = performance.now();
  }).observe(document, { childList: true, subtree: true, characterData: true, attributes: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as (PerformanceEntry & { value: number; sources: { node: Node | null }[] })[]) {
      window.figures.shift += entry.value;
      // New events come in at the top of the feed; nothing else is meant to move.
      const isOfFeed = (node: Node | null): boolean => (node instanceof Element ? node : node?.parentElement)?.closest('ol') != null;
      if (!entry.sources.every(({ node }) => isOfFeed(node))) window.figures.elsewhere += entry.value;
    }
  }).observe({ type: 'layout-shift', buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.figures.longestTask = Math.max(window.figures.longestTask, entry.duration);
  }).observe({ type: 'longtask', buffered: true });
}

const load = (): string => loadavg()[0]!.toFixed(1);
const median = (values: number[]): number => [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)]!;

function print(rows: [string, string][]): void {
  console.log(['| figure | |', '|---|---|', ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join('\n'));
}

/** Loads the Overview anew, and answers when there was something to use, and what was transferred for it. */
async function timeToContent(page: Page): Promise<{ time: number; bytes: number; files: number }> {
  const sizes: Promise<number>[] = [];
  const note = (request: { url(): string; sizes(): Promise<{ responseBodySize: number }> }): void => {
    if (/\.(js|css)$/.test(new URL(request.url()).pathname)) sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
  };
  page.on('requestfinished', note);
  await page.goto('/app/');
  await page.getByRole('list', { name: 'Events, newest first' }).waitFor();
  page.off('requestfinished', note);
  const { contentAt } = await page.evaluate(() => window.figures);
  return { time: contentAt, bytes: (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0), files: sizes.length };
}

async function metrics(devTools: CDPSession): Promise<Record<string, number>> {
  return Object.fromEntries((await devTools.send('Performance.getMetrics')).metrics.map(({ name, value }) => [name, value]));
}

test('figures of the web interface', async () => {
  const before = load();
  await using server = await Server.start();
  const account = await Account.make(server.url, 'Ada');
  const report = (agent: number, status: string, message: string): Promise<unknown> =>
    account.report({ agent_id: `agent-${agent}`, session_topic: 'work', status, message });
  for (let agent = 0; agent < agents; agent++) await report(agent, 'running', 'beginning');
  await using person = await openBrowser(server.url);
  const { page, context } = person;
  await page.addInitScript(observe);
  await account.signIn(page);
  const devTools = await context.newCDPSession(page);
  // Of processor time: how busy the machine is otherwise doesn't count.
  await devTools.send('Performance.setTimeDomain', { timeDomain: 'threadTicks' });
  await devTools.send('Performance.enable');

  const cold: number[] = [];
  const warm: number[] = [];
  let first = { bytes: 0, files: 0 };
  for (let round = 0; round < rounds; round++) {
    await devTools.send('Network.clearBrowserCache');
    const load = await timeToContent(page);
    first = load;
    cold.push(load.time);
    warm.push((await timeToContent(page)).time);
  }

  // What a page costs that nothing happens to, and then with an update each 120 ms.
  let requests = 0;
  page.on('request', () => requests++);
  const watch = async (work: () => Promise<void>): Promise<{ cpu: number; script: number; layout: number; requests: number; shift: number; elsewhere: number; commits: number; longest: number }> => {
    await page.evaluate(() => Object.assign(window.figures, { shift: 0, elsewhere: 0, commits: 0, longestTask: 0 }));
    requests = 0;
    const start = await metrics(devTools);
    await work();
    const end = await metrics(devTools);
    const of = (name: string): number => end[name]! - start[name]!;
    const seen = await page.evaluate(() => window.figures);
    return {
      cpu: of('TaskDuration'), script: of('ScriptDuration'), layout: of('LayoutDuration') + of('RecalcStyleDuration'),
      requests, shift: seen.shift, elsewhere: seen.elsewhere, commits: seen.commits, longest: seen.longestTask,
    };
  };
  const idle = await watch(() => pause(minute / 3));
  const busy = await watch(async () => {
    const start = performance.now();
    for (let index = 0; index < updates; index++) {
      // Each round through the agents changes the state of every one of them: no update is without effect.
      await report(index % agents, Math.floor(index / agents) % 2 === 0 ? 'success' : 'running', `update ${index}`);
      await pause(Math.max(0, start + ((index + 1) * minute) / updates - performance.now()));
    }
    await eventually(async () => (await page.getByText(`update ${updates - 1}`).count()) > 0, 'the last update to be shown');
  });

  const chromium = execFileSync(process.env['CHROMIUM'] ?? '/usr/bin/chromium', ['--version']).toString().trim();
  console.log(`${chromium}, load average ${before} before, ${load()} after`);
  print([
    ['JavaScript and CSS of the first load (Overview, compressed)', `${(first.bytes / 1000).toFixed(1)} KB in ${first.files} files`],
    [`content on the Overview after, empty cache, median and worst of ${rounds}`, `${median(cold).toFixed(0)} ms, ${Math.max(...cold).toFixed(0)} ms`],
    [`the same, files in the cache`, `${median(warm).toFixed(0)} ms, ${Math.max(...warm).toFixed(0)} ms`],
    ['main thread, nothing happens', `${(idle.cpu * 3).toFixed(2)} s a minute`],
    [`main thread, ${updates} updates in a minute`, `${busy.cpu.toFixed(2)} s (scripts ${busy.script.toFixed(2)}, style and layout ${busy.layout.toFixed(2)})`],
    ['an update', `${(((busy.cpu - idle.cpu * 3) / updates) * 1000).toFixed(1)} ms`],
    ['changes of the page', String(busy.commits)],
    ['longest task', busy.longest === 0 ? 'below 50 ms' : `${busy.longest.toFixed(0)} ms`],
    ['layout shift (sum), where the feed isn’t all that moves', `${busy.shift.toFixed(2)}, ${busy.elsewhere.toFixed(2)}`],
    ['requests that the page made', String(busy.requests)],
  ]);
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

const flags = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync',
];

/** A browser of one person, with a profile of its own that goes with it. */
export interface Person extends AsyncDisposable {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What went wrong in any of its pages: exceptions, refusals of the policy. */
  readonly complaints: string[];
}

export async function openBrowser(baseURL: string, options: { width?: number; colorScheme?: 'light' | 'dark' } = {}): Promise<Person> {
  const profile = await mkdtemp(path.join(tmpdir(), 'webui-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: flags,
    baseURL,
    viewport: { width: options.width ?? 1440, height: 900 },
    colorScheme: options.colorScheme ?? 'light',
    reducedMotion: 'reduce',
    locale: 'en-GB',
  });
  context.setDefaultTimeout(15_000);
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: baseURL });
  const complaints: string[] = [];
  context.on('weberror', (error) => complaints.push(error.error().message));
  context.on('console', (message) => {
    if (/Content Security Policy|Warning:|is not defined/i.test(message.text())) complaints.push(message.text());
  });
  return {
    context,
    page: context.pages()[0] ?? (await context.newPage()),
    complaints,
    async [Symbol.asyncDispose]() {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

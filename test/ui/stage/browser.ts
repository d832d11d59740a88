import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { chromium } from 'playwright-core';

/** For one step of a page, which talks to servers on this machine only. */
const STEP_LIMIT_MS = 20_000;
/** Wide enough for the table that the release shows of itself. */
const VIEWPORT = { width: 1280, height: 1000 };
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** A browser without a window that reaches nothing but loopback. */
export interface Browser {
  context: BrowserContext;
  /** What pages wanted from elsewhere, and did not get. */
  refused: string[];
  close(): Promise<void>;
}

/** Throws one sentence where no Chromium is installed. */
export async function openBrowser(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: [
      ...['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
      // The browser's own errands do not pass the routes of a page.
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });
  const refused: string[] = [];
  try {
    const context = await browser.newContext({ viewport: VIEWPORT, timezoneId: 'UTC', reducedMotion: 'reduce' });
    context.setDefaultTimeout(STEP_LIMIT_MS);
    await context.route('**/*', (route) => {
      const url = route.request().url();
      if (isHere(new URL(url))) return route.continue();
      refused.push(url);
      return route.abort();
    });
    return { context, refused, close: () => browser.close() };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

function isHere({ protocol, hostname }: URL): boolean {
  return hostname === '127.0.0.1' || protocol === 'data:' || protocol === 'blob:';
}

function findChromium(): string {
  const given = process.env['CHROMIUM_PATH'];
  if (given !== undefined) return given;
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const found = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(isExecutable);
  if (found === undefined)
    throw new Error("no Chromium on PATH: install one (Debian's package `chromium`), or name it in CHROMIUM_PATH");
  return found;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { PACKAGE_ROOT } from '../../../bin/root';

/** What remains when the bar at the side and the one above are cut off, in pixels. */
const PAGE = { x: 64, y: 49, width: 1216 };
const MARGIN = 8;

export interface Cut {
  /** The picture begins where this is, and not at the top of the page. */
  from?: Locator;
  /** In pixels; at most what the browser shows. */
  height: number;
}

/** Keeps a picture as `.sluice/ui/NAME.png`, or in the folder that SLUICE_UI_PICTURES names: those of docs/ are made so. */
export async function picture(page: Page, name: string, { from, height }: Cut): Promise<void> {
  const folder = path.resolve(PACKAGE_ROOT, process.env['SLUICE_UI_PICTURES'] ?? path.join('.sluice', 'ui'));
  mkdirSync(folder, { recursive: true });
  const box = await from?.boundingBox();
  const y = box ? box.y - MARGIN : PAGE.y;
  await page.screenshot({
    path: path.join(folder, `${name}.png`),
    clip: { ...PAGE, y, height },
    animations: 'disabled',
  });
}

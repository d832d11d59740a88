import type { Locator, Page } from 'playwright-core';
import type { ReleaseRef } from '../../../client/release-end';

/** The Temporal UI as a person uses it: by what is written on it, or by its own test ids where nothing is. */
export class TemporalUi {
  constructor(
    readonly page: Page,
    private readonly url: string,
    private readonly namespace: string,
  ) {}

  /** Opens the list of workflows and filters it by search attributes, with the UI's own controls. */
  async list(filters: Readonly<Record<string, string>>): Promise<void> {
    const { page } = this;
    await page.goto(`${this.url}/namespaces/${this.namespace}/workflows`);
    for (const [name, value] of Object.entries(filters)) {
      await page.getByTestId('add-filter-button').click();
      await page.getByTestId('filter-search').fill(name);
      // The menu's last entry is the attribute; the search box is an entry too.
      await shown(page.getByRole('menuitem').filter({ hasText: name }))
        .last()
        .click();
      await shown(page.locator(`input[data-testid^="dropdown-filter-chip-${name}-"]`)).fill(value);
      const apply = shown(page.getByTestId('apply-filter-button'));
      await apply.click();
      // It fades: the next filter's own would stand beside it.
      await apply.waitFor({ state: 'hidden' });
      await page.getByRole('button', { name: `${name} = "${value}"` }).waitFor();
    }
  }

  linkTo(workflowId: string): Locator {
    return this.page.getByRole('link', { name: workflowId, exact: true });
  }

  async follow(link: Locator): Promise<void> {
    await link.click();
    await this.page.getByTestId('workflow-id-heading').waitFor();
  }

  rows(): Locator {
    return this.page.getByTestId('workflows-summary-configurable-table-row');
  }

  async open({ workflowId, runId }: Required<ReleaseRef>): Promise<void> {
    const run = `${encodeURIComponent(workflowId)}/${runId}`;
    await this.page.goto(`${this.url}/namespaces/${this.namespace}/workflows/${run}/history`);
    await this.page.getByTestId('workflow-id-heading').waitFor();
  }

  async tab(name: 'history' | 'user-metadata' | 'search-attributes'): Promise<void> {
    await shown(this.page.getByTestId(`${name}-tab`)).click();
  }

  /** What happened when, on the page of a workflow. */
  timeline(): Locator {
    return this.page.getByRole('heading', { name: 'Event History' });
  }

  /** What begins with the tabs of a workflow's page. */
  tabs(): Locator {
    return shown(this.page.getByTestId('history-tab'));
  }

  /** The page's current details once they hold `text`; the UI reads them anew when asked to. */
  async details(text: string): Promise<string> {
    await this.tab('user-metadata');
    const frame = this.page.locator('iframe[title="output"]').last().contentFrame();
    const body = frame.locator('main');
    while (!(await isSoonVisible(body.getByText(text).first()))) await this.page.keyboard.press('r');
    return body.innerText();
  }

  /** Opens the dialog, chooses the signal and types its argument; answers the dialog, not submitted yet. */
  async signalDialog(signal: string, argument: object): Promise<Locator> {
    const { page } = this;
    await page.getByRole('button', { name: 'More Actions' }).click();
    await shown(page.getByTestId('signal-button')).first().click();
    const dialog = shown(page.getByTestId('signal-confirmation-modal'));
    await dialog.getByTestId('signal-select-button').click();
    await dialog
      .getByRole('option')
      .filter({ has: page.getByText(signal, { exact: true }) })
      .click();
    await dialog.getByRole('textbox').last().click();
    await page.keyboard.insertText(JSON.stringify(argument));
    return dialog;
  }

  async send(dialog: Locator): Promise<void> {
    await dialog.getByTestId('confirm-modal-button').click();
    await dialog.waitFor({ state: 'hidden' });
  }
}

/** Temporal's page has most of its controls twice, for small and for wide screens. */
function shown(locator: Locator): Locator {
  return locator.filter({ visible: true });
}

const SOON_MS = 1_000;

async function isSoonVisible(locator: Locator): Promise<boolean> {
  return locator.waitFor({ timeout: SOON_MS }).then(
    () => true,
    () => false,
  );
}

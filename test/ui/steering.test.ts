import type { StartedRelease } from '../../client/start-release';
import { deploymentId, environmentId } from '../../model/ids';
import { waitFor } from '../helpers/wait-for';
import type { Browser } from './stage/browser';
import { openBrowser } from './stage/browser';
import { picture } from './stage/pictures';
import type { Stage } from './stage/stage';
import { openStage } from './stage/stage';
import { TemporalUi } from './stage/temporal-ui';

// A person with nothing but the Temporal UI: finds the release that waits, reads what it would change, and decides.

const WHO = 'bob@example.com';

let stage: Stage;
let browser: Browser;
let ui: TemporalUi;
let approved: StartedRelease;
let aborted: StartedRelease;

beforeAll(async () => {
  [stage, browser] = await Promise.all([openStage(), openBrowser()]);
  const { uiUrl, namespace } = stage.embedded.server;
  ui = new TemporalUi(await browser.context.newPage(), uiUrl, namespace);
  approved = await stage.waitingRelease('shop-api');
  aborted = await stage.waitingRelease('billing');
});

afterAll(async () => {
  await browser.close();
  await stage.close();
});

afterEach(() => {
  expect(browser.refused).toEqual([]);
});

it('finds the release that waits by its search attributes', async () => {
  await ui.list({ SluicePhase: 'approval' });
  await waitFor('both', async () => (await ui.rows().count()) === 2);
  await picture(ui.page, 'waiting-releases', { height: 310 });
  await ui.list({ SluicePhase: 'approval', SluiceProject: 'shop-api' });
  await waitFor('the one', async () => (await ui.rows().count()) === 1);
  await ui.follow(ui.linkTo(approved.workflowId));
});

it('shows what the release did and what it waits for', async () => {
  await ui.open(approved);
  await ui.page.getByText('approval of').first().waitFor();
  await picture(ui.page, 'timeline', { from: ui.timeline(), height: 420 });
  const details = await ui.details('waits for approval');
  expect(details).toMatch(/✓\s+admit[^]*✓\s+gates[^]*✓\s+image[^]*…\s+approval \(production\)/);
  await picture(ui.page, 'release-waits', { from: ui.tabs(), height: 480 });
});

it('approves, and the release goes on', async () => {
  await ui.open(approved);
  const dialog = await ui.signalDialog('approve', { by: WHO, comment: 'looks right' });
  await picture(ui.page, 'approve', { from: dialog, height: 610 });
  await ui.send(dialog);
  expect(await stage.outcomeOf(approved)).toMatchObject({ outcome: 'released' });
  await ui.open(approved);
  expect(await ui.details(`approved by ${WHO}`)).toMatch(/✓\s+approval \(production\)[^]*✓\s+turn \(production\)/);
  await picture(ui.page, 'released', { from: ui.tabs(), height: 400 });
});

it('shows the deployment, and the environment that it went to', async () => {
  await ui.open(await stage.runOf(deploymentId('shop-api', 'production')));
  expect(await ui.details('released')).toMatch(/baseline[^]*update[^]*stable[^]*healthy/);
  await picture(ui.page, 'deployment', { from: ui.tabs(), height: 400 });
});

it('holds an environment, and lets it go on', async () => {
  const environment = await stage.runOf(environmentId('shop-api', 'production'));
  const held = async (): Promise<string | undefined> =>
    (await stage.embedded.releases.environmentState('shop-api', 'production')).hold?.reason;
  await ui.open(environment);
  await ui.send(await ui.signalDialog('hold', { by: WHO, reason: 'database migration' }));
  await waitFor('the hold', async () => (await held()) === 'database migration');
  await ui.open(environment);
  await ui.details('On hold');
  await picture(ui.page, 'environment', { from: ui.tabs(), height: 340 });
  await ui.send(await ui.signalDialog('resume', { by: WHO }));
  await waitFor('its end', async () => (await held()) === undefined);
});

it('aborts, and the release ends so', async () => {
  await ui.open(aborted);
  await ui.send(await ui.signalDialog('abort', { by: WHO, reason: 'wrong commit' }));
  expect(await stage.outcomeOf(aborted)).toMatchObject({
    outcome: 'aborted',
    cause: expect.stringContaining(`aborted by ${WHO}`) as string,
  });
  await ui.open(aborted);
  expect(await ui.details(`aborted by ${WHO}`)).toMatch(/✗\s+approval \(production\)/);
});

it('finds by its outcome how a release ended', async () => {
  await ui.list({ SluiceOutcome: 'aborted' });
  await waitFor('the one', async () => (await ui.rows().count()) === 1);
  await ui.follow(ui.linkTo(aborted.workflowId));
});

import { waitFor } from '../helpers/wait-for';
import type { Ensemble } from './stage/ensemble';
import { gather } from './stage/ensemble';
import { BEFORE_DEPLOYMENT, IN_DEPLOYMENT } from './stage/moments';
import { processesWith } from './stage/processes';
import type { ServedStage } from './stage/stage';
import { openServedStage } from './stage/stage';

const CASES = { ...BEFORE_DEPLOYMENT, ...IN_DEPLOYMENT };

let stage: ServedStage;
let releases: Ensemble;

beforeAll(async () => {
  stage = await openServedStage();
  await stage.startWorker();
  releases = await gather(stage, CASES);

  await stage.killWorker();
  const { shop } = releases.scene('gates');
  await waitFor("the end of the killed worker's gate", async () => (await processesWith(shop.mark)).length === 0);
  await Promise.all([stage.startWorker(), releases.release()]);
  await releases.finish();
}, 400_000);
afterAll(() => stage.close(), 60_000);

describe.each(Object.keys(CASES))('`kill -9` of the worker in the middle of %s', (name) => {
  it('does not change how the release ends', () => releases.expectUsualEnd(name));

  it('makes nothing happen twice', () => releases.expectNothingTwice(name));
});

it('takes the processes of a running gate along, and the gate is run again', () => {
  expect(releases.scene('gates').shop.gateRuns()).toBe(2);
});

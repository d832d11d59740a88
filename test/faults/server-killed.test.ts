import { BEFORE_DEPLOYMENT, IN_DEPLOYMENT } from './stage/moments';
import type { Ensemble } from './stage/ensemble';
import { gather } from './stage/ensemble';
import type { ServedStage } from './stage/stage';
import { openServedStage } from './stage/stage';

const CASES = { gates: BEFORE_DEPLOYMENT.gates, ...IN_DEPLOYMENT };

let stage: ServedStage;
let releases: Ensemble;

beforeAll(async () => {
  stage = await openServedStage();
  await stage.startWorker();
  releases = await gather(stage, CASES);

  process.kill(stage.server.pid(), 'SIGKILL');
  await stage.server.exited();
  // What the worker has in hand ends while there is nobody to tell.
  await releases.release();
  await stage.server.restart();
  await releases.finish();
}, 400_000);
afterAll(() => stage.close(), 60_000);

describe.each(Object.keys(CASES))('`kill -9` of the Temporal server in the middle of %s', (name) => {
  it('does not change how the release ends', () => releases.expectUsualEnd(name));

  it('makes nothing happen twice', () => releases.expectNothingTwice(name));
});

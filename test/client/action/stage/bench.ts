import { randomBytes } from 'node:crypto';
import type { Gateway } from '../../../../client/gateway/gateway';
import { startGateway } from '../../../../client/gateway/gateway';
import type { RequestRecord } from '../../../../client/gateway/record';
import type { Releases } from '../../../../client/releases';
import { releasesOf } from '../../../../client/releases';
import { parsePolicy } from '../../../../model/policy/parse';
import type { Policy } from '../../../../model/policy/policy';
import type { WorkflowBench } from '../../../helpers/workflow-bench';
import { workflowBench } from '../../../helpers/workflow-bench';
import { AUDIENCE } from '../../gateway/stage/tokens';
import type { RunningStep } from './runner';
import { runStep } from './runner';
import type { TokenService } from './token-service';
import { startTokenService } from './token-service';

const PROJECTS = 30;
/** Limits are what the gateway's tests are about. */
const ROOMY = { perAddress: { capacity: 1e6, perSecond: 1e6 }, perRepository: { capacity: 1e6, perSecond: 1e6 } };
const SERVICE = (name: string) =>
  `{ region: eu-west-1, cluster: main, services: { ${name}-api: { container: api, health: { digest: true } } } }`;

/** A project of its own for each test, so that none meets another's environment. */
export interface Project {
  name: string;
  commit: string;
}

/** GitHub, a gateway, Temporal and workers whose activities are fakes, for one test file. */
export interface Bench {
  readonly workflows: WorkflowBench;
  readonly github: TokenService;
  readonly gateway: Gateway;
  readonly releases: Releases;
  /** Requests that reached the gateway in this test. */
  requests(): RequestRecord[];
  project(): Project;
  /** Stops the gateway; `start` puts another one in its place, with the same key for tickets unless told otherwise. */
  stopGateway(): Promise<void>;
  startGateway(ticketSecret?: Uint8Array): Promise<void>;
  /** A step of a job that may have tokens. */
  step(project: Project, more?: Readonly<Record<string, string>>): Promise<RunningStep>;
}

export function actionBench(): Bench {
  const workflows = workflowBench();
  const ticketKey = randomBytes(32);
  let github: TokenService;
  let gateway: Gateway;
  let requests: RequestRecord[] = [];
  let projects = 0;

  const start = async (port: number, ticketSecret: Uint8Array): Promise<void> => {
    gateway = await startGateway({
      audience: AUDIENCE,
      issuer: github.issuer.url,
      policy: { current: () => POLICY, reload: () => Promise.resolve() },
      releases: releasesOf(workflows.server.client),
      temporalReady: () => Promise.resolve(),
      pageOf: ({ workflowId }) => `http://127.0.0.1:8233/workflows/${encodeURIComponent(workflowId)}`,
      host: '127.0.0.1',
      port,
      ticketSecret,
      limits: ROOMY,
      keyTimes: { failureCoolDownMs: 100 },
      record: (one) => {
        if (one.kind === 'request') requests.push(one);
      },
    });
  };
  beforeAll(async () => {
    github = await startTokenService();
    await start(0, ticketKey);
  });
  beforeEach(() => {
    requests = [];
    github.issued = [];
  });
  afterAll(async () => {
    await gateway.close();
    await github.close();
  });

  const bench: Bench = {
    workflows,
    get github() {
      return github;
    },
    get gateway() {
      return gateway;
    },
    get releases() {
      return releasesOf(workflows.server.client);
    },
    requests: () => requests,
    project() {
      projects += 1;
      return { name: `shop-${projects}`, commit: projects.toString(16).padStart(40, 'c') };
    },
    stopGateway: () => gateway.close(),
    startGateway: (ticketSecret = ticketKey) => start(Number(new URL(gateway.url).port), ticketSecret),
    step: ({ name, commit }, more = {}) =>
      runStep({
        with: { gateway: gateway.url, audience: AUDIENCE, project: name, ...more },
        sha: commit,
        idToken: github.idToken,
      }),
  };
  return bench;
}

const POLICY = policyOf(Array.from({ length: PROJECTS }, (_, index) => `shop-${index + 1}`));

function policyOf(names: readonly string[]): Policy {
  const projects = names.map(
    (name) => `
  ${name}:
    repository: https://github.com/acme/shop.git
    repository-id: 1001
    repository-owner-id: 42
    workflow: .github/workflows/release.yml
    image: { repository: ${name} }
    environments: { production: ${SERVICE(name)} }`,
  );
  const parsed = parsePolicy(`projects:${projects.join('')}\n`, 'policy.yml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy;
}

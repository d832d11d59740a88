import type { GateOf, GateSpec } from './gates/kinds';
import type { VerifiedTrigger } from './policy/verified-trigger';

export type { CoverageFormat, CoverageRule } from './gates/coverage-key';
export type { GateSpec };
export type RunGate = GateOf<'run'>;

/** What one release will do, resolved from `release.yml` and frozen. All times are milliseconds, all sizes bytes. */

export type Purpose = 'release' | 'check';

/** What a caller asks for. */
export interface ReleaseRequest {
  purpose: Purpose;
  project: string;
  /** An absolute path or an `https:`, `ssh:` or `file:` URL that the workers can reach. */
  repository: string;
  /** Full 40-hex commit. */
  commit: string;
  /** Names of the environments to release to, in the plan's order; empty means all of them. */
  environments: string[];
  /** What caused it: `manual`, later GitHub's event names. */
  event: string;
  /** Who asked, as far as is known. */
  actor: string;
  /** What the gateway verified of who asked; judged again at admit, by the policy of these workers. */
  trigger?: VerifiedTrigger;
  /** Set to deploy a commit that is older than what runs; the reason is recorded. */
  allowOlder?: string;
  /** Set where nothing outlives the process that runs the release (design section 8): stricter checks apply. */
  embedded?: EmbeddedLimits;
  /** First pause, in milliseconds, before a release asks its environment again; doubles up to 6 hours. Default 1 minute. */
  askAgainMs?: number;
}

export interface EmbeddedLimits {
  /** Whether the Temporal state outlives this process (`--state`). Without it approval cannot be waited for. */
  persistent: boolean;
  /** Whether the targets must have the ECS circuit breaker with rollback switched on. */
  requireCircuitBreaker: boolean;
}

export interface Plan {
  project: string;
  purpose: Purpose;
  repository: string;
  /** The branch that alone may deploy. */
  branch: string;
  commit: string;
  /** Git tree of the commit: what gates saw is what the image is built from. */
  treeHash: string;
  /** Head of `branch` when the plan was made; the environments were read there, not at the released commit. */
  configCommit: string;
  gates: GateSpec[];
  /** Set where the others go on after a gate has failed; absent: the first failure stops them. */
  onGateFailure?: 'run-all';
  image: ImageSpec;
  environments: EnvironmentSpec[];
  /** SHA-256 over everything above. */
  hash: string;
}

export interface ImageSpec {
  /** Name of the ECR repository. */
  repository: string;
  region: string;
  build: PackBuild | DockerfileBuild;
  timeoutMs: number;
}

/** Layers packed and pushed by Sluice itself: no Dockerfile, no daemon, reproducible digest. */
export interface PackBuild {
  builder: 'pack';
  /** Image to put the layer on, by digest or tag in the same registry; absent means an image from scratch. */
  base?: string;
  /** Globs of files of the checkout that go in. */
  files: string[];
  exclude: string[];
  /** Absolute directory in the image that holds the files; also the working directory. */
  workdir: string;
  command: string[];
  /** Values may contain `${commit}`. */
  environment: Record<string, string>;
  user?: string;
  platform: Platform;
}

export interface DockerfileBuild {
  builder: 'docker' | 'buildah';
  context: string;
  dockerfile: string;
  target?: string;
  /** Values may contain `${commit}`. */
  arguments: Record<string, string>;
  platform: Platform;
}

export type Platform = 'linux/amd64' | 'linux/arm64';

export interface EnvironmentSpec {
  name: string;
  region: string;
  cluster: string;
  /** Updated in this order; returned in reverse. */
  services: ServiceSpec[];
  /** Absent means that no person is asked. */
  approval?: ApprovalRule;
  /** What happens to those who wait when a newer commit asks too; absent: they keep their order. */
  queue?: QueuePolicy;
  /** When nothing goes forward; a rollback does all the same. */
  freeze?: FreezeWindow[];
  /** How long the environment before this one must have run the commit first. */
  soakMs?: number;
}

/** `queue`: in order. `latest`: a newer commit supersedes older ones that wait. `reject`: nobody waits behind another. */
export type QueuePolicy = 'queue' | 'latest' | 'reject';

export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

interface FreezeBase {
  reason: string;
  /** Whom to ask. */
  owner?: string;
  /** IANA name, such as Europe/Berlin; `from` and `until` are local times there. */
  timeZone: string;
}

/** On each of these days from `HH:MM` until `HH:MM`; where that is not later, until then on the next day. */
export interface WeeklyFreeze extends FreezeBase {
  kind: 'weekly';
  days: Weekday[];
  from: string;
  until: string;
  /** Date (YYYY-MM-DD) after which the window is no more. */
  expires?: string;
}

/** From `YYYY-MM-DDTHH:MM` until `YYYY-MM-DDTHH:MM`. */
export interface DatedFreeze extends FreezeBase {
  kind: 'dated';
  from: string;
  until: string;
}

export type FreezeWindow = WeeklyFreeze | DatedFreeze;

/** Who must say yes before an environment is touched. What is absent has its default, which model/approval/rule.ts knows. */
export interface ApprovalRule {
  /** How many different people must approve. */
  minimum: number;
  expiresMs: number;
  /** Names of people and of groups; with neither these nor groups anybody may decide. */
  approvers?: string[];
  /** Group to the names of its members. */
  groups?: Record<string, string[]>;
  /** Person to all of their names. */
  people?: Record<string, string[]>;
  /** Groups of each of which somebody must approve, each time somebody else. */
  oneOfEach?: string[];
  /** Of who triggered the release and of authors of commits between what runs and this one. */
  ownWork?: 'refused' | 'allowed';
  /** Decisions that no gateway signed. */
  unverified?: 'recorded' | 'refused';
  /** How a release ends that nobody decided about in time. */
  whenExpired?: 'not-approved' | 'aborted';
  comment?: 'optional' | 'required';
}

export interface ServiceSpec {
  service: string;
  /** Name of the container whose image is replaced. */
  container: string;
  /** Environment variables set in that container; values may contain `${commit}`. Others are left alone. */
  environment: Record<string, string>;
  /** The task definition that is copied: what runs, or the newest revision of its family. */
  from: 'live' | 'family-latest';
  health: HealthSpec;
  /** How long ECS may take until it says that our deployment succeeded. */
  stableWithinMs: number;
  /** How many essential exits or failed health checks of our own tasks are certain failure. */
  failAfterStops: number;
  /** A service that wants no tasks cannot prove anything; set to release to it all the same. */
  allowZeroTasks: boolean;
}

export interface HealthBase {
  /** Good answers in a row that are asked for. */
  times: number;
  intervalMs: number;
  /** Until the required answers were seen. */
  withinMs: number;
}

/** The service itself is asked; its JSON answer (or whole text) must name the commit. */
export interface HttpHealth extends HealthBase {
  kind: 'http';
  url: string;
  /** Dotted path into a JSON answer that holds the commit; absent means that the body must contain it. */
  commitAt?: string;
  /** Time limit of one request. */
  timeoutMs: number;
}

/** A command of the environment's owner: exit code 0 is healthy. It sees SLUICE_COMMIT and SLUICE_SERVICE. */
export interface CommandHealth extends HealthBase {
  kind: 'command';
  command: string[];
  timeoutMs: number;
}

/** Where nothing can be asked: every running task carries our digest. */
export interface DigestHealth extends HealthBase {
  kind: 'digest';
}

export type HealthSpec = HttpHealth | CommandHealth | DigestHealth;

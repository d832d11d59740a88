import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { environmentId } from '../model/ids';
import type { EnvironmentState } from '../model/messages';
import { lookUpdate } from '../workflows/messages';
import { getEnvironmentState } from './ask';
import type { AwaitingApproval } from './awaiting-approval';
import { releasesAwaitingApproval } from './awaiting-approval';
import { bounded } from './calls';
import { ClientError } from './errors';
import { inParallel } from './in-parallel';
import { openWorkflows } from './open-workflows';
import { visibilityQuery } from './release-list';
import type { TimeLeft } from './time-left';
import { timeLeft } from './time-left';

/** More environments than a person reads; that some are left out is said. */
const MOST = 200;
const AT_ONCE = 8;
const ANSWER_MS = 5_000;
const ALL_ANSWERS_MS = 20_000;
/** To look, an environment asks AWS about each of its services. */
const LOOK_MS = 60_000;
const ALL_LOOKS_MS = 180_000;

export interface EnvironmentFilter {
  project?: string;
  environment?: string;
}

/** One environment, by its own account. */
export interface EnvironmentReport {
  project: string;
  environment: string;
  /** Absent where it does not answer, and where nobody has asked for a turn yet. */
  state?: EnvironmentState;
  /** Why it does not answer, or did not look. */
  silence?: string;
  awaitingApproval: AwaitingApproval[];
}

export interface EnvironmentReports {
  environments: EnvironmentReport[];
  /** Ids of releases that wait for approval and did not say in time where. */
  silentReleases: string[];
  /** There are more than were asked. */
  more: boolean;
}

/**
 * Asks every open environment that fits for its state (with `look` it looks at what runs first), and every release that waits
 * for approval where it does. Several at once and within time limits; who does not answer is listed, with the reason.
 * Temporal's visibility may lag a second behind. Throws a ClientError where Temporal itself does not answer.
 */
export async function reportEnvironments(
  client: Client,
  filter: EnvironmentFilter = {},
  look = false,
): Promise<EnvironmentReports> {
  const { project, environment } = filter;
  const query = visibilityQuery({ ...(project !== undefined && { project }), outcome: 'running' }, 'environment');
  const isAsked = (name: string): boolean => environment === undefined || environment === name;

  const { ids, more } = await openWorkflows(client, query, MOST);
  const places = ids.map(placeOf).filter((place) => isAsked(place.environment));
  const left = look ? timeLeft(ALL_LOOKS_MS, LOOK_MS) : timeLeft(ALL_ANSWERS_MS, ANSWER_MS);
  const environments = await inParallel(places, AT_ONCE, (place) => report(client, place, look, left));

  const awaiting = await releasesAwaitingApproval(client, project, timeLeft(ALL_ANSWERS_MS, ANSWER_MS));
  for (const release of awaiting.releases.filter(({ waiting }) => isAsked(waiting.environment)))
    add(environments, release);
  environments.sort((a, b) => a.project.localeCompare(b.project) || a.environment.localeCompare(b.environment));
  return { environments, silentReleases: awaiting.silent, more: more || awaiting.more };
}

type Place = Pick<EnvironmentReport, 'project' | 'environment'>;

/** The inverse of {@link environmentId}: neither name may contain a colon. */
function placeOf(workflowId: string): Place {
  const [, project = '', environment = ''] = workflowId.split(':');
  return { project, environment };
}

async function report(client: Client, place: Place, look: boolean, left: TimeLeft): Promise<EnvironmentReport> {
  const { project, environment } = place;
  const answer: EnvironmentReport = { ...place, awaitingApproval: [] };
  try {
    if (look) return { ...answer, state: await left.spend((limitMs) => lookAt(client, place, limitMs)) };
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    answer.silence = `It could not look: ${error.message}`;
  }
  try {
    return {
      ...answer,
      state: await left.spend((limitMs) => getEnvironmentState(client, project, environment, limitMs)),
    };
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return { ...answer, silence: error.message };
  }
}

async function lookAt(client: Client, { project, environment }: Place, limitMs: number): Promise<EnvironmentState> {
  const updateId = randomUUID();
  const handle = client.workflow.getHandle(environmentId(project, environment));
  return bounded(client, () => handle.executeUpdate(lookUpdate, { args: [], updateId }), limitMs);
}

/** An environment that was never asked for a turn is none yet, but people may be asked about it. */
function add(environments: EnvironmentReport[], release: AwaitingApproval): void {
  const { project, waiting } = release;
  let place = environments.find((one) => one.project === project && one.environment === waiting.environment);
  if (!place) {
    place = { project, environment: waiting.environment, awaitingApproval: [] };
    environments.push(place);
  }
  place.awaitingApproval.push(release);
}

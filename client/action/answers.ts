import type { JsonObject } from '../../model/json';
import { isJsonObject, textOf } from '../../model/json';
import { isOutcomeName } from '../../model/outcome';
import type { ReleaseEnd } from '../release-end';
import type { ReleaseSnapshot } from '../release-events';
import { Away } from './failures';

/** `POST /v1/releases` */
export interface Started {
  workflowId: string;
  runId: string;
  attached: boolean;
  ticket: string;
  uiUrl?: string;
}

/** `GET /v1/releases/:release` */
export interface Seen {
  version: number;
  snapshot?: ReleaseSnapshot;
  /** Why there is no snapshot. */
  silence?: string;
  end?: ReleaseEnd;
  /** In place of the one that was read with. */
  ticket?: string;
}

/** Throws Away for what no gateway says: something else may listen there for the moment. */
export function startedOf(body: JsonObject): Started {
  const { workflowId, runId, ticket, attached } = body;
  if (typeof workflowId !== 'string' || typeof runId !== 'string' || typeof ticket !== 'string') throw notAGateway();
  const uiUrl = textOf(body['uiUrl']);
  // It becomes a link.
  const isPage = uiUrl !== undefined && /^https?:\/\//.test(uiUrl) && URL.canParse(uiUrl);
  return { workflowId, runId, ticket, attached: attached === true, ...(isPage && { uiUrl }) };
}

/** Throws Away for what no gateway says. */
export function seenOf(body: JsonObject): Seen {
  const { version, ended } = body;
  if (typeof version !== 'number') throw notAGateway();
  const snapshot = snapshotOf(body);
  const silence = textOf(body['silence']);
  const ticket = textOf(body['ticket']);
  return {
    version,
    ...(snapshot && { snapshot }),
    ...(silence !== undefined && { silence }),
    ...(ticket !== undefined && { ticket }),
    ...(isJsonObject(ended) && { end: endOf(ended) }),
  };
}

function snapshotOf({ at, release, deployment, activities }: JsonObject): ReleaseSnapshot | undefined {
  if (release === undefined) return undefined;
  const isRelease = isJsonObject(release) && Array.isArray(release['phases']) && Array.isArray(release['gates']);
  const isDeployment = deployment === undefined || (isJsonObject(deployment) && Array.isArray(deployment['phases']));
  if (!isRelease || !isDeployment || typeof at !== 'number' || !Array.isArray(activities)) throw notAGateway();
  return { at, release, activities, ...(deployment && { deployment }) } as unknown as ReleaseSnapshot;
}

/** A gateway that is newer than this action may know outcomes that we do not: they are bad ones until we learn otherwise. */
function endOf(ended: JsonObject): ReleaseEnd {
  const { outcome: name, cause, commit, digest } = ended;
  if (typeof name !== 'string' || typeof cause !== 'string') throw notAGateway();
  if (name === 'terminated') return { terminated: true, cause };
  return {
    terminated: false,
    outcome: {
      ...(isOutcomeName(name) ? { outcome: name, cause } : { outcome: 'undetermined', cause: `${name}: ${cause}` }),
      commit: textOf(commit) ?? '',
      ...(typeof digest === 'string' && { digest }),
      // One by one they are in the cause, and in the phases.
      environments: [],
    },
  };
}

function notAGateway(): Away {
  return new Away('the gateway answers with something else than a gateway does');
}

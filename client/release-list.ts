import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { SearchAttribute } from '../model/search-attributes';
import { bounded } from './calls';
import { usageError } from './errors';
import type { ReleaseRef } from './release-end';

const DEFAULT_LIMIT = 20;

export interface ReleaseFilter {
  project?: string;
  /** Full, or a prefix. */
  commit?: string;
  /** A name of model/outcome, or `running`. */
  outcome?: string;
  /** Rollbacks by hand, too. */
  rollbacks?: boolean;
  /** How many at most, newest first. Default 20. */
  limit?: number;
}

/** What lists show, from visibility alone: no worker is asked. Absent where a workflow never said. */
export interface ReleaseSummary {
  workflowId: string;
  runId: string;
  project?: string;
  commit?: string;
  actor?: string;
  phase?: string;
  outcome?: string;
  /** Temporal's own word: RUNNING, COMPLETED, FAILED, TERMINATED… */
  status: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
  closedAt?: number;
}

/** The newest releases that fit, newest first. Reads only; Temporal's visibility may lag a second behind. */
export async function listReleases(client: Client, filter: ReleaseFilter = {}): Promise<ReleaseSummary[]> {
  const limit = filter.limit ?? DEFAULT_LIMIT;
  return bounded(client, async () => {
    const found: ReleaseSummary[] = [];
    for await (const info of client.workflow.list({ query: visibilityQuery(filter), pageSize: limit })) {
      found.push(summaryOf(info));
      if (found.length >= limit) break;
    }
    return found;
  });
}

/** Temporal's list filter (https://docs.temporal.io/list-filter). Throws a ClientError for text that could leave its quotes. */
export function visibilityQuery({ project, commit, outcome, rollbacks }: ReleaseFilter, type = 'release'): string {
  const terms = [rollbacks ? `WorkflowType IN (${quoted(type)}, 'rollback')` : `WorkflowType = ${quoted(type)}`];
  if (project !== undefined) terms.push(`SluiceProject = ${quoted(project)}`);
  if (commit !== undefined) terms.push(`SluiceCommit ${commit.length === 40 ? '=' : 'STARTS_WITH'} ${quoted(commit)}`);
  if (outcome === 'running') terms.push("ExecutionStatus = 'Running'");
  else if (outcome === 'terminated') terms.push("ExecutionStatus = 'Terminated'");
  else if (outcome !== undefined) terms.push(`SluiceOutcome = ${quoted(outcome)}`);
  return terms.join(' AND ');
}

function quoted(text: string): string {
  if (!/^[\w./:@+-]+$/.test(text))
    throw usageError(`\`${text}\` cannot be looked for: use letters, digits and ./:@+-_ only.`);
  return `'${text}'`;
}

/** The newest facts about one release, without asking any worker. Reads only. */
export async function summarize(client: Client, { workflowId, runId }: ReleaseRef): Promise<ReleaseSummary> {
  return summaryOf(await bounded(client, () => client.workflow.getHandle(workflowId, runId).describe()));
}

function summaryOf(info: Omit<WorkflowExecutionInfo, 'raw'>): ReleaseSummary {
  const text = (name: SearchAttribute): string | undefined =>
    info.typedSearchAttributes.get(defineSearchAttributeKey(name, 'KEYWORD'));
  const optional = {
    project: text('SluiceProject'),
    commit: text('SluiceCommit'),
    actor: text('SluiceActor'),
    phase: text('SluicePhase'),
    outcome: text('SluiceOutcome'),
    closedAt: info.closeTime?.getTime(),
  };
  return {
    workflowId: info.workflowId,
    runId: info.runId,
    ...withoutUndefined(optional),
    status: info.status.name,
    startedAt: info.startTime.getTime(),
  };
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

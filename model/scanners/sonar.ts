import type { GateVerdict } from '../gate';
import { isJsonObject, objectsOf, textOf } from '../json';
import type { Json, JsonObject } from '../json';
import { listed, plural, printable } from '../printable';

/** Answers of SonarQube's web API, as its own examples show them. */

export type CeTask =
  | { state: 'waiting' }
  | { state: 'done'; analysisId: string; /** Absent: the main branch. */ branch?: string }
  | { state: 'failed'; why: string };

/** Of `GET api/ce/task?id=`: whether the server has worked off the analysis, and which one it became. */
export function readCeTask(answer: Json, project: string): CeTask {
  const task = objectAt(answer, 'task');
  const status = textOf(task?.['status']);
  const key = textOf(task?.['componentKey']);
  if (task === undefined || status === undefined) return { state: 'failed', why: 'the server knows no such task' };
  if (key !== undefined && key !== project)
    return { state: 'failed', why: `the task is of the project ${printable(key)} and not of ${project}` };
  if (status === 'PENDING' || status === 'IN_PROGRESS') return { state: 'waiting' };
  const analysisId = textOf(task['analysisId']);
  if (status !== 'SUCCESS' || analysisId === undefined) {
    const message = textOf(task['errorMessage']);
    return {
      state: 'failed',
      why: `the task ended ${printable(status)}${message ? `: ${printable(message, 300)}` : ''}`,
    };
  }
  if (task['pullRequest'] !== undefined)
    return { state: 'failed', why: 'the analysis is one of a pull request, which is of no commit' };
  const branch = textOf(task['branch']);
  return { state: 'done', analysisId, ...(branch !== undefined && { branch }) };
}

/** Of `GET api/project_analyses/search`: the commit of that analysis; undefined where it is not among them or has none. */
export function revisionOf(answer: Json, analysisId: string): string | undefined {
  const analyses = isJsonObject(answer) ? objectsOf(answer['analyses']) : [];
  return textOf(analyses.find(({ key }) => key === analysisId)?.['revision']);
}

export interface QualityJudgement {
  verdict: GateVerdict;
  cause: string;
}

/** Of `GET api/qualitygates/project_status?analysisId=`: passed only by OK, and only on conditions. */
export function judgeQualityGate(answer: Json): QualityJudgement {
  const status = objectAt(answer, 'projectStatus');
  const conditions = objectsOf(status?.['conditions']);
  const word = textOf(status?.['status']);
  if (word === 'NONE' || (word === 'OK' && conditions.length === 0))
    return { verdict: 'undetermined', cause: 'the project has no quality gate with conditions in Sonar' };
  if (word === 'OK') {
    return { verdict: 'passed', cause: `the quality gate is OK (${plural(conditions.length, 'condition')})` };
  }
  if (word !== 'ERROR' && word !== 'WARN')
    return { verdict: 'undetermined', cause: 'the answer of Sonar holds no status of a quality gate' };
  const missed = conditions.filter((condition) => condition['status'] !== 'OK').map(inWords);
  return { verdict: 'failed', cause: `the quality gate is ${word}: ${listed(missed, 5)}` };
}

/** Of `GET api/hotspots/search?status=TO_REVIEW`: how many nobody has looked at; undefined where it does not say. */
export function hotspotsToReview(answer: Json): number | undefined {
  const total = objectAt(answer, 'paging')?.['total'];
  return typeof total === 'number' && Number.isSafeInteger(total) && total >= 0 ? total : undefined;
}

/** `ceTaskId` of a `report-task.txt` (a Java properties file), and nothing else of it: the address in it is anybody's word. */
export function ceTaskIdIn(reportTask: string): string | undefined {
  return /^ceTaskId=([\w-]{1,100})\s*$/m.exec(reportTask)?.[1];
}

function inWords(condition: JsonObject): string {
  const [metric, actual] = [textOf(condition['metricKey']) ?? '?', textOf(condition['actualValue']) ?? 'no value'];
  const threshold = textOf(condition['errorThreshold']);
  const bound = condition['comparator'] === 'LT' ? 'at least' : 'at most';
  return `${printable(metric, 60)} is ${printable(actual, 30)}${threshold === undefined ? '' : `, ${bound} ${printable(threshold, 30)}`}`;
}

function objectAt(answer: Json, key: string): JsonObject | undefined {
  const found = isJsonObject(answer) ? answer[key] : undefined;
  return isJsonObject(found) ? found : undefined;
}

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GateOf } from '../../model/gates/kinds';
import type { Json } from '../../model/json';
import { ceTaskIdIn, hotspotsToReview, judgeQualityGate, readCeTask, revisionOf } from '../../model/scanners/sonar';
import { lastLines } from '../process/last-lines';
import type { GateContext } from './context';
import { couldNotTell, plural, printable } from './finding';
import type { Finding } from './finding';
import { sonarServer } from './sonar-server';
import type { AskSonarServer } from './sonar-server';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

type SonarGate = GateOf<'sonar'>;

/** Why there is no verdict. Thrown within this file only, since every step may find one. */
class NoVerdict extends Error {
  constructor(
    message: string,
    readonly tail = '',
  ) {
    super(message);
  }
}

/**
 * Has the `sonar-scanner` of this worker analyse a checkout that no code of the commit has touched, with the reports of
 * the gates that this one needs, waits until the server has worked it off, and asks for the quality gate of exactly that
 * analysis. The analysis must be of this commit. A security hotspot that nobody has looked at fails.
 *
 * The token goes to the host of the gate alone, and only if whoever runs this worker says that it belongs there. Of what the
 * scanner writes, in a folder out of the checkout, only the number of the task is taken.
 */
export async function askSonar(gate: SonarGate, context: GateContext): Promise<Finding> {
  const token = context.secret(gate.token);
  if (!token.ok) return couldNotTell(token.why);
  if (token.host !== gate.host) {
    const where = token.host === undefined ? 'no server' : `only ${printable(token.host)}`;
    return couldNotTell(
      `this worker names ${where} for the secret ${gate.token}, so it was not sent to ${printable(gate.host)}`,
    );
  }
  const deadline = performance.now() + gate.timeoutMs;
  try {
    const taskId = await analyse(gate, context, token.value);
    const ask = untilAnswered(sonarServer(gate.host, token.value), deadline, context);
    return await judgeAnalysis({ gate, ask, deadline, context }, taskId);
  } catch (error) {
    if (error instanceof NoVerdict) return couldNotTell(error.message, error.tail);
    throw error;
  }
}

/** Answers the number of the task that works the analysis off. */
async function analyse(gate: SonarGate, context: GateContext, token: string): Promise<string> {
  const tool = await context.tool('sonar-scanner');
  if (!tool.ok) throw new NoVerdict(tool.why);
  const checkout = await context.cleanCheckout();
  await context.restoreReports(gate.needs, checkout);
  const [settings, folder] = [path.join(context.own, 'sonar.properties'), path.join(context.own, 'scanner')];
  // Where the scanner keeps its Java and its analyzers, which it would fetch for each analysis else.
  const cache = path.join(context.caches, 'sonar');
  await Promise.all([writeFile(settings, ''), mkdir(folder), mkdir(cache, { recursive: true, mode: 0o700 })]);
  const properties = {
    ...gate.properties,
    ...(gate.organization !== undefined && { 'sonar.organization': gate.organization }),
    'sonar.host.url': gate.host,
    'sonar.projectKey': gate.project,
    'sonar.projectBaseDir': checkout,
    // In place of the commit's sonar-project.properties.
    'project.settings': settings,
    'sonar.working.directory': folder,
    'sonar.scm.revision': context.input.commit,
    'sonar.qualitygate.wait': 'false',
  };
  const ended = await context.execute({
    argv: [tool.program, ...Object.entries(properties).map(([name, value]) => `-D${name}=${value}`)],
    cwd: context.own,
    timeoutMs: gate.timeoutMs,
    environment: { SONAR_TOKEN: token, SONAR_HOST_URL: gate.host, SONAR_USER_HOME: cache },
  });
  if (ended.timedOut) throw new NoVerdict(timeOver(gate));
  if (ended.exitCode !== 0)
    throw new NoVerdict(`sonar-scanner ended with exit code ${ended.exitCode}`, lastLines(ended.tail));
  const reportTask = await readFile(path.join(folder, 'report-task.txt'), 'utf8').catch(() => '');
  const taskId = ceTaskIdIn(reportTask);
  if (taskId === undefined)
    throw new NoVerdict('sonar-scanner left no report-task.txt that names a task', lastLines(ended.tail));
  return taskId;
}

type Ask = (path: string, parameters: Readonly<Record<string, string>>) => Promise<Json>;

/** Asks until there is an answer; a server that is away is asked again until the gate's time is over. */
function untilAnswered(server: AskSonarServer, deadline: number, { input, signal, say }: GateContext): Ask {
  return async (what, parameters) => {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const answer = await server(what, parameters, signal);
      if (answer.kind === 'json') return answer.body;
      if (answer.kind === 'refused') throw new NoVerdict(`Sonar gave no answer: ${answer.why}`);
      say(`Sonar is asked again: ${answer.why}`);
      if (performance.now() + pause > deadline)
        throw new NoVerdict(`${timeOver(input.gate)}; last, Sonar gave no answer: ${printable(answer.why, 300)}`);
      await sleep(pause, undefined, { signal });
    }
  };
}

interface Asking {
  gate: SonarGate;
  ask: Ask;
  /** By performance.now(). */
  deadline: number;
  context: GateContext;
}

async function judgeAnalysis(asking: Asking, taskId: string): Promise<Finding> {
  const { gate, ask, context } = asking;
  const { analysisId, branch } = await workedOff(asking, taskId);
  const at: Record<string, string> = branch === undefined ? {} : { branch };
  const revision = revisionOf(
    await ask('api/project_analyses/search', { project: gate.project, ...at, ps: '500' }),
    analysisId,
  );
  if (revision !== context.input.commit) {
    const of = revision === undefined ? 'no commit that it names' : `commit ${printable(revision, 40)}`;
    throw new NoVerdict(`the analysis in Sonar is of ${of}, and not of ${context.input.commit}`);
  }
  const quality = judgeQualityGate(await ask('api/qualitygates/project_status', { analysisId }));
  const hotspots = hotspotsToReview(
    await ask('api/hotspots/search', { projectKey: gate.project, status: 'TO_REVIEW', ps: '1', ...at }),
  );
  if (quality.verdict === 'failed') return { ...quality, tail: '' };
  if (hotspots === undefined) throw new NoVerdict('Sonar does not say how many security hotspots nobody has reviewed');
  if (hotspots > 0)
    return {
      verdict: 'failed',
      cause: `${plural(hotspots, 'security hotspot')} in Sonar that nobody has reviewed`,
      tail: '',
    };
  return { ...quality, cause: `${quality.cause}, and no security hotspot waits for review`, tail: '' };
}

/** Waits for the server's own work on the analysis. */
async function workedOff({ gate, ask, deadline, context: { signal, say } }: Asking, taskId: string) {
  say('waiting until Sonar has worked off the analysis');
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const task = readCeTask(await ask('api/ce/task', { id: taskId }), gate.project);
    if (task.state === 'done') return task;
    if (task.state === 'failed') throw new NoVerdict(`Sonar has no analysis of this commit: ${task.why}`);
    if (performance.now() + pause > deadline) throw new NoVerdict(timeOver(gate));
    await sleep(pause, undefined, { signal });
  }
}

function timeOver({ timeoutMs }: { timeoutMs: number }): string {
  return `Sonar was not done when the gate's ${timeoutMs / 1000} s were over`;
}

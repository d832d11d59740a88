import path from 'node:path';
import type { Project } from '../e2e/stage/project';
import type { Stage } from '../e2e/stage/stage';
import { openStage, outcomeOf } from '../e2e/stage/stage';
import { pythonTools } from '../helpers/python-tools';
import type { PythonTools } from '../helpers/python-tools';
import { waitFor } from '../helpers/wait-for';
import { CRASH, REQUIREMENTS, SET_UP_WITHIN_MS } from './stage/peers';
import type { Recorder } from './stage/recorder';
import { openRecorder } from './stage/recorder';
import { judge } from './stage/verdict';

let tools: PythonTools;
let stage: Stage;
let recorder: Recorder;
let recording: string;

beforeAll(async () => {
  tools = await pythonTools(REQUIREMENTS);
  stage = await openStage();
  recording = path.join(stage.directory, 'pairs.jsonl');
  recorder = await openRecorder(stage.account.endpoint, recording);
  // Before the workers make their clients, which read it then: all that Sluice asks of AWS goes through the recorder.
  process.env['AWS_ENDPOINT_URL'] = recorder.endpoint;
}, SET_UP_WITHIN_MS);
afterAll(async () => {
  await recorder.close();
  await stage.close();
});

/** So that the logs of a task that failed are asked for. */
const logConfiguration = {
  logDriver: 'awslogs',
  options: { 'awslogs-group': '/ecs', 'awslogs-region': 'eu-west-1', 'awslogs-stream-prefix': 'ecs' },
};
/** A task with it counts as healthy after six seconds: 300 of AWS's. */
const healthCheck = { command: ['CMD', 'node', '-e', '0'], interval: 300 };

async function release(project: Project, commit: string): Promise<string> {
  const { outcome } = await outcomeOf(stage.releases, await stage.releases.start(project.request(commit)));
  return outcome;
}

it('a commit is released, and once more, which finds its image there', async () => {
  const project = await stage.project('good');
  expect(await release(project, project.first)).toBe('released');
  expect(await release(project, project.first)).toBe('released');
});

it('a commit that crashes is rolled back', async () => {
  const project = await stage.project('crashes', { definition: { container: { logConfiguration } } });
  expect(await release(project, await project.commit({ 'main.mjs': CRASH }))).toBe('rolled-back');
});

it('a release that is aborted while ECS rolls is turned round', async () => {
  const project = await stage.project('aborted', { definition: { container: { healthCheck } } });
  const started = await stage.releases.start(project.request(await project.change('another image')));
  await waitFor('a rollout that is waited for', async () => {
    const { deployment } = await stage.releases.snapshot(started);
    return deployment?.phases.some(({ phase }) => phase === 'stable');
  });
  await stage.releases.abort(started, { by: 'ben@example.com', reason: 'wrong commit' });
  expect((await outcomeOf(stage.releases, started)).outcome).toBe('rolled-back');
});

it("all that Sluice asked of AWS and was answered fits botocore's model", async () => {
  const { findings, actions } = await judge(tools, recording);
  expect(findings).toEqual([]);
  // All actions that Sluice knows, but for BatchGetImage, which it asks about images for several platforms.
  expect(Object.keys(actions).sort()).toEqual([
    'ecr:DescribeImages',
    'ecr:DescribeRepositories',
    'ecr:GetAuthorizationToken',
    'ecs:DescribeServiceDeployments',
    'ecs:DescribeServiceRevisions',
    'ecs:DescribeServices',
    'ecs:DescribeTaskDefinition',
    'ecs:DescribeTasks',
    'ecs:ListServiceDeployments',
    'ecs:ListTaskDefinitions',
    'ecs:ListTasks',
    'ecs:RegisterTaskDefinition',
    'ecs:StopServiceDeployment',
    'ecs:TagResource',
    'ecs:UpdateService',
    'logs:GetLogEvents',
    'sts:GetCallerIdentity',
  ]);
});

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ECRClient } from '@aws-sdk/client-ecr';
import { GUARD } from '../../../bin/root';
import { startLocalAws } from '../../../local/aws/server';
import type { LocalAws } from '../../../local/aws/server';
import type { PythonTools } from '../../helpers/python-tools';
import { pythonTools } from '../../helpers/python-tools';
import { imageOf, layerOf, repositoryOf } from '../../local/aws/images';
import { openRecorder } from './recorder';
import { judge } from './verdict';
import type { Verdict } from './verdict';

export const REGION = 'eu-west-1';
export const CLUSTER = 'production';
export const REQUIREMENTS = path.join(__dirname, '..', 'requirements.txt');
/** For `beforeAll`: the first run installs the clients. */
export const SET_UP_WITHIN_MS = 330_000;
const CLIENT_WITHIN_MS = 120_000;
/** A service without a load balancer and health check is healthy this soon. */
const HEALTHY_AFTER_MS = 150;

/** A server that says on every path, and once in its log, which version it is. */
export const server = (version: string): string => `
import { createServer } from 'node:http';
createServer((_, response) => response.end('${version}')).listen(Number(process.env.PORT), process.env.HOST);
process.once('SIGTERM', () => process.exit(0));
console.log('${version} listens');
`;

/** A program that fails at once. */
export const CRASH = `console.error('no database');\nprocess.exit(3);\n`;

export interface ProgramEnd {
  code: number;
  stdout: string;
  stderr: string;
}

/** A local AWS, and clients in front of it whose every call is recorded. */
export interface Peers {
  aws: LocalAws;
  /** The endpoint for clients: the recorder. */
  endpoint: string;
  tools: PythonTools;
  /** Pushes an image that runs this Node program as `repository:tag`; answers its reference by tag. */
  push(repository: string, tag: string, program: string): Promise<string>;
  /** Runs one of the Python packages' programs, or `python`, with credentials and endpoint in its environment and an empty home. */
  run(program: string, args: readonly string[]): Promise<ProgramEnd>;
  /** What botocore's model says of all that was recorded so far. */
  verdict(): Promise<Verdict>;
  /** What clients left in their home. */
  leftInHome(): Promise<string[]>;
  close(): Promise<void>;
}

export async function openPeers(): Promise<Peers> {
  const tools = await pythonTools(REQUIREMENTS);
  const directory = await mkdtemp(path.join(os.tmpdir(), 'sluice-peers-'));
  const home = path.join(directory, 'home');
  await mkdir(home);
  const timing = { healthyAfterMs: HEALTHY_AFTER_MS };
  const aws = await startLocalAws({ stateDir: path.join(directory, 'aws'), guard: GUARD, region: REGION, timing });
  const recording = path.join(directory, 'pairs.jsonl');
  const recorder = await openRecorder(aws.endpoint, recording);
  const { endpoint } = recorder;
  const credentials = { accessKeyId: 'AKIAPEER', secretAccessKey: 'local' };
  const ecr = new ECRClient({ endpoint, region: REGION, credentials });
  const repositories = new Map<string, ReturnType<typeof repositoryOf>>();
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    LC_ALL: 'C.UTF-8',
    AWS_ENDPOINT_URL: endpoint,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
  return {
    aws,
    endpoint,
    tools,
    async push(name, tag, program) {
      const opened = repositories.get(name) ?? repositoryOf({ ecr, ...aws }, name);
      repositories.set(name, opened);
      const repository = await opened;
      const layer = await layerOf([{ name: 'main.mjs', content: program }]);
      await repository.push(imageOf([layer], { cmd: ['node', 'main.mjs'] }), tag);
      return `${repository.uri}:${tag}`;
    },
    run: (program, args) =>
      new Promise((resolve) => {
        const options = { env, cwd: home, timeout: CLIENT_WITHIN_MS, killSignal: 'SIGKILL' } as const;
        const child = execFile(tools.bin(program), args, options, (_error, stdout, stderr) =>
          resolve({ code: child.exitCode ?? 1, stdout, stderr }),
        );
      }),
    verdict: () => judge(tools, recording),
    leftInHome: () => readdir(home),
    async close() {
      ecr.destroy();
      await recorder.close();
      await aws.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

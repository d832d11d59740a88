import { readFileSync } from 'node:fs';
import path from 'node:path';
import { processDeps } from '../client/commands/deps';
import { buildProgram, runProgram } from '../client/commands/program';
import { registerDemo } from './demo/command';
import { registerDoctor } from './doctor/command';
import { registerGateway } from './gateway-command';
import { registerLocalAws } from './local-aws-command';
import { PACKAGE_ROOT } from './root';
import { registerCheck, registerRun } from './run-command';
import { registerWorker } from './worker-command';
import { endRuntime } from '../worker/telemetry';

/** Runs one command line and answers its exit code (design section 2). Never throws. */
export async function main(argv: readonly string[]): Promise<number> {
  const { version } = JSON.parse(readFileSync(path.join(PACKAGE_ROOT, 'package.json'), 'utf8')) as { version: string };
  const deps = processDeps(version);
  const program = buildProgram(deps);
  registerRun(program, deps);
  registerCheck(program, deps);
  registerWorker(program, deps);
  registerDemo(program, deps);
  registerLocalAws(program, deps);
  registerGateway(program, deps);
  registerDoctor(program, deps);
  const exitCode = await runProgram(program, argv, deps);
  await endRuntime();
  return exitCode;
}

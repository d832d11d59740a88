import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { AwsClients } from '../../activities/aws/clients';
import { createAwsClients } from '../../activities/aws/clients';
import type { CliDeps } from '../../client/commands/deps';
import type { GlobalOptions } from '../../client/commands/handled';
import { handled } from '../../client/commands/handled';
import { examples } from '../../client/commands/help';
import { usageError } from '../../client/errors';
import { resolveCommit, topLevel } from '../../client/local-repository';
import { writeJson } from '../../client/render/json';
import { findingText, tallyText } from '../../model/doctor/finding';
import { EXIT } from '../../model/outcome';
import { addPolicyOption } from '../policy-option';
import { examineAws } from './aws';
import { openExamination } from './examination';
import { examineFiles } from './set-up';
import type { SetUp } from './set-up';
import { examineTemporal } from './temporal';

const [SHORTEST_S, LONGEST_S] = [1, 120];
const DEFAULT_TIMEOUT_S = 15;
const EXIT_FAILED = 1;

interface DoctorOptions extends GlobalOptions {
  environment?: string[];
  policy?: string;
  timeout: number;
}

export function registerDoctor(program: Command, deps: CliDeps): void {
  addPolicyOption(program.command('doctor'))
    .description('check a set-up step by step, and say what to fix; reads only, exit 1 if something failed')
    .option('--environment <name...>', 'look at these environments only')
    .option('--timeout <seconds>', 'for each check', seconds, DEFAULT_TIMEOUT_S)
    .addHelpText(
      'after',
      examples('sluice doctor', 'sluice doctor --environment staging --policy policy.yml', 'sluice doctor --json'),
    )
    .action(handled(deps, (options: DoctorOptions) => doctor(deps, options)));
}

async function doctor(deps: CliDeps, options: DoctorOptions): Promise<number> {
  const { json, policy: policyName, timeout } = options;
  const top = await topLevel(deps.cwd);
  const commit = await resolveCommit(top);
  const examination = openExamination((finding) => {
    if (json) writeJson(deps.stdout, { kind: 'check', ...finding });
    else deps.stdout.write(`${findingText(finding)}\n`);
  }, timeout * 1000);

  const setUp = await examineFiles(examination, deps, { top, policyName });
  const wanted = setUp && only(setUp, options.environment);
  const { configured } = await examineTemporal(examination, deps, timeout * 1000);
  if (wanted === undefined) examination.skip('AWS and health', 'because of the files');
  else {
    await withClients((clients) =>
      examineAws(examination, {
        clients,
        setUp: wanted,
        top,
        commit,
        now: deps.now(),
        embedded: !configured,
        env: deps.env,
      }),
    );
  }

  const tally = examination.tally();
  const exitCode = tally.failed === 0 ? EXIT.ok : EXIT_FAILED;
  if (json) writeJson(deps.stdout, { kind: 'end', ...tally, exitCode });
  else deps.stdout.write(`${tallyText(tally)}\n`);
  return exitCode;
}

async function withClients(use: (clients: AwsClients) => Promise<void>): Promise<void> {
  const clients = createAwsClients();
  try {
    await use(clients);
  } finally {
    clients.destroy();
  }
}

function only(setUp: SetUp, names: string[] | undefined): SetUp {
  if (names === undefined) return setUp;
  const { environments } = setUp;
  const unknown = names.find((name) => !environments.some((environment) => environment.name === name));
  if (unknown !== undefined) {
    const known = environments.map(({ name }) => name).join(', ');
    throw usageError(`There is no environment ${unknown}; there are: ${known}.`);
  }
  return { ...setUp, environments: environments.filter(({ name }) => names.includes(name)) };
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value >= SHORTEST_S && value <= LONGEST_S)) {
    throw new InvalidArgumentError(`Give a number from ${SHORTEST_S} to ${LONGEST_S}.`);
  }
  return value;
}

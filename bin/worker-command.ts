import path from 'node:path';
import { NativeConnection } from '@temporalio/worker';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { Command } from 'commander';
import type { CliDeps } from '../client/commands/deps';
import { handled } from '../client/commands/handled';
import { examples } from '../client/commands/help';
import { connectTemporal } from '../client/connect';
import { usageError } from '../client/errors';
import { EXIT } from '../model/outcome';
import type { Role } from '../model/queues';
import { NEEDED_ROLES, ROLES, isRole } from '../model/queues';
import { startWorkers } from '../worker/run';
import { ensureSearchAttributes } from '../worker/search-attributes';
import { installRuntime } from '../worker/telemetry';
import { activitiesOn } from './activities';
import { addGitHubOptions, githubReports } from './github-options';
import type { GitHubOptions } from './github-options';
import { addPolicyOption, policyOf } from './policy-option';
import { WORKFLOW_BUNDLE } from './root';

interface WorkerOptions extends GitHubOptions {
  role?: string[];
  state: string;
  policy?: string;
}

export function registerWorker(program: Command, deps: CliDeps): void {
  addGitHubOptions(addPolicyOption(program.command('worker')))
    .description('work for the configured Temporal until SIGINT or SIGTERM')
    .option('--role <name...>', `only these: ${Object.keys(ROLES).join(', ')} (default: all; notify with --github-app)`)
    .option('--state <folder>', 'where checkouts and logs go', '.sluice/worker')
    .addHelpText(
      'after',
      examples(
        'TEMPORAL_ADDRESS=temporal:7233 sluice worker',
        'sluice worker --role gates --state /var/lib/sluice',
        'sluice worker --role deployer --policy /etc/sluice/policy.yml',
        'sluice worker --role notify --github-app 123456 --github-app-key /run/secrets/app.pem',
      ),
    )
    .action(handled(deps, (options: WorkerOptions) => work(deps, options)));
}

async function work(deps: CliDeps, options: WorkerOptions): Promise<number> {
  const asked = rolesOf(options.role);
  const policy = await policyOf(deps, options.policy);
  const reports = await githubReports(deps, options, asked);
  const roles = asked ?? [...NEEDED_ROLES, ...(reports ? (['notify'] as const) : [])];
  const say = (line: string): void => deps.stderr.write(`${line}\n`);
  // First the cheap client, whose errors are sentences; only then the connection that workers need.
  const temporal = await connectTemporal(deps.env);
  const { client, address, namespace } = temporal;
  try {
    await ensureSearchAttributes(client.connection, namespace);
  } finally {
    await temporal.close();
  }
  installRuntime('WARN', say);
  const defined = Object.entries(deps.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const { connectionOptions } = loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(defined) });
  const connection = await NativeConnection.connect({ address, ...connectionOptions });
  try {
    const workers = await startWorkers({
      connection,
      namespace,
      roles,
      activities: activitiesOn(path.resolve(deps.cwd, options.state), policy, reports),
      workflowBundle: WORKFLOW_BUNDLE,
    });
    const rule = policy === undefined ? 'without a policy' : `by a policy of ${policy.projects.length} project(s)`;
    say(`working as ${roles.join(', ')} for ${address} (namespace ${namespace}) ${rule}; stop with Ctrl-C`);
    const stop = deps.onInterrupt(() => {
      say('stopping: what is under way is handed to another worker, or goes on when this one is back');
      workers.shutdown();
    });
    try {
      await workers.done;
    } finally {
      stop();
    }
  } finally {
    await connection.close();
  }
  return EXIT.ok;
}

function rolesOf(names: string[] | undefined): Role[] | undefined {
  return names?.map((name) => {
    const known = Object.keys(ROLES).join(', ');
    if (!isRole(name)) throw usageError(`There is no role \`${name}\`: choose from ${known}.`);
    return name;
  });
}

import type { Command } from 'commander';
import type { CliDeps } from '../../client/commands/deps';
import { handled } from '../../client/commands/handled';
import { writeJson } from '../../client/render/json';
import { outcomeTable } from '../../client/render/outcome-table';
import { EXIT } from '../../model/outcome';
import { installRuntime } from '../../worker/telemetry';
import { keepWaiting } from './keep';
import type { Ending } from './play';
import { play, withStage } from './play';

interface DemoOptions {
  keep?: boolean;
  containers?: boolean;
  json?: boolean;
}

export function registerDemo(program: Command, deps: CliDeps): void {
  program
    .command('demo')
    .description('release three commits of a real repository on this machine: no account, no Docker')
    .option('--containers', 'run the shop in containers of the Docker daemon of this machine, not as processes')
    .option('--keep', 'then leave a fourth release waiting for approval, until Ctrl-C')
    .action(handled(deps, (options: DemoOptions) => demo(deps, options)));
}

async function demo(deps: CliDeps, options: DemoOptions): Promise<number> {
  const { keep = false, containers = false, json = false } = options;
  const { stdout, stderr } = deps;
  installRuntime('ERROR', (line) => stderr.write(`${line}\n`));
  return withStage(deps, { json, containers }, async (stage) => {
    const endings = await play(deps, stage, json);
    const good = endings.every(({ wrong }) => wrong.length === 0);
    tell(deps, endings, json);
    if (keep) await keepWaiting(deps, stage, json);
    else if (!json) stdout.write('To approve or abort a release yourself: npm run demo -- --keep\n');
    return good ? EXIT.ok : EXIT.internal;
  });
}

/** The whole cause stands above; a table that wraps its lines is none. */
function firstClause(cause: string): string {
  const [clause = cause] = cause.split('; ');
  return clause;
}

function tell({ stdout }: CliDeps, endings: readonly Ending[], json: boolean): void {
  if (json) {
    writeJson(stdout, { kind: 'demo', releases: endings });
    return;
  }
  const rows = endings.map(({ commit, subject, outcome, durationMs, cause }) => {
    return { commit, what: subject, outcome, durationMs, cause: firstClause(cause) };
  });
  stdout.write(`\n${outcomeTable(rows, stdout)}\n`);
  for (const { subject, wrong } of endings) {
    for (const what of wrong) stdout.write(`NOT AS IT SHOULD BE: ${subject}: ${what}\n`);
  }
}

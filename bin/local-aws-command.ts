import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { CliDeps } from '../client/commands/deps';
import type { GlobalOptions } from '../client/commands/handled';
import { handled } from '../client/commands/handled';
import { examples } from '../client/commands/help';
import { ClientError, messageOf, usageError } from '../client/errors';
import { writeJson } from '../client/render/json';
import { EXIT } from '../model/outcome';
import { UNSET_FOR_LOCAL_AWS, openLocalAccount } from './demo/local-account';
import type { Shop } from './demo/open-shop';
import { openShop } from './demo/open-shop';
import { SHOP } from './demo/shop';

const MOST_PORT = 65_535;

interface LocalAwsOptions extends GlobalOptions {
  port: number;
  state?: string;
  shop?: string;
  shopPort: number;
}

/** What runs, and how it is used. */
interface Opened {
  environment: Readonly<Record<string, string>>;
  shop?: Pick<Shop, 'url' | 'repository'>;
  close(): Promise<void>;
}

export function registerLocalAws(program: Command, deps: CliDeps): void {
  program
    .command('local-aws')
    .description('run the local AWS on 127.0.0.1 until SIGINT or SIGTERM: ECR, ECS with real tasks, a load balancer')
    .option('--port <n>', 'its port; 0 takes a free one', portNumber, 4566)
    .option('--state <folder>', 'where images and the record of calls go (default: a temporary folder)')
    .option('--shop <folder>', "run the demo's shop in it, and keep the shop's Git repository in this folder")
    .option('--shop-port <n>', "the port of the shop's load balancer; 0 takes a free one", portNumber, 8080)
    .addHelpText(
      'after',
      examples('sluice local-aws', 'sluice local-aws --port 0 --json', 'sluice local-aws --shop .sluice/shop'),
    )
    .action(handled(deps, (options: LocalAwsOptions) => serve(deps, options)));
}

async function serve(deps: CliDeps, options: LocalAwsOptions): Promise<number> {
  const stop = stopSignal(deps);
  const { state } = options;
  const stateDir = path.resolve(deps.cwd, state ?? (await mkdtemp(path.join(os.tmpdir(), 'sluice-local-aws-'))));
  try {
    const opened = await open(deps, options, stateDir);
    try {
      tell(deps, opened, options.json);
      await stop.asked;
    } finally {
      await opened.close();
    }
  } finally {
    stop.forget();
    if (state === undefined) await rm(stateDir, { recursive: true, force: true });
  }
  return EXIT.ok;
}

/** Whatever stands in the way of a start is a matter of how it was started: a port, a folder. */
async function open(deps: CliDeps, options: LocalAwsOptions, stateDir: string): Promise<Opened> {
  const { port, shop: folder, shopPort } = options;
  try {
    if (folder !== undefined) {
      const shop = await openShop(stateDir, path.resolve(deps.cwd, folder), { port, shopPort });
      const { environment, url, repository } = shop;
      return { environment, shop: { url, repository }, close: () => shop.close() };
    }
    const { aws, environment } = await openLocalAccount(stateDir, { port });
    return { environment, close: () => aws.close() };
  } catch (error) {
    if (error instanceof ClientError) throw error;
    throw usageError(messageOf(error), error);
  }
}

function tell({ stdout }: CliDeps, { environment, shop }: Opened, json = false): void {
  if (json) {
    writeJson(stdout, { kind: 'local-aws', environment, unset: UNSET_FOR_LOCAL_AWS, ...(shop && { shop }) });
    return;
  }
  const endpoint = environment['AWS_ENDPOINT_URL'] ?? '';
  const lines = [
    `The local AWS answers at ${endpoint} (region ${SHOP.region}); stop it with Ctrl-C. For whoever is to use it:`,
    '',
    ...Object.entries(environment).map(([name, value]) => `  export ${name}=${value}`),
    `  unset ${UNSET_FOR_LOCAL_AWS.join(' ')}`,
    '',
  ];
  if (shop !== undefined) {
    lines.push(
      `The shop is at ${shop.url}, as its first commit; the newest one waits to be released:`,
      '',
      `  cd ${shop.repository.path} && sluice run`,
      '',
    );
  }
  stdout.write(lines.join('\n'));
}

/** Heeded from before the start on: an interrupt during it ends what was begun, and so do later ones: nothing is left behind. */
function stopSignal(deps: CliDeps): { asked: Promise<void>; forget: () => void } {
  let stop: (() => void) | undefined;
  const asked = new Promise<void>((resolve) => (stop = resolve));
  const forget = deps.onInterrupt(() => stop?.());
  return { asked, forget };
}

function portNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > MOST_PORT) {
    throw new InvalidArgumentError(`Give a port from 1 to ${MOST_PORT}, or 0.`);
  }
  return value;
}

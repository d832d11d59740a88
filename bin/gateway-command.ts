import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { CliDeps } from '../client/commands/deps';
import type { GlobalOptions } from '../client/commands/handled';
import { handled } from '../client/commands/handled';
import { examples } from '../client/commands/help';
import type { Environment, TemporalConnection } from '../client/connect';
import { connectTemporal } from '../client/connect';
import { messageOf, usageError } from '../client/errors';
import type { DecisionSigner } from '../client/gateway/decision-key';
import { decisionSigner } from '../client/gateway/decision-key';
import type { Gateway, GatewayOptions } from '../client/gateway/gateway';
import { startGateway } from '../client/gateway/gateway';
import { GITHUB_ISSUER } from '../client/gateway/issuer';
import { policyFile } from '../client/gateway/policy-source';
import type { GatewayRecord } from '../client/gateway/record';
import { recordText } from '../client/gateway/record';
import { releasesOf } from '../client/releases';
import { writeJson } from '../client/render/json';
import { EXIT } from '../model/outcome';

const READY_LIMIT_MS = 2_500;
const LEAST_KEY_BYTES = 32;
const MOST_HOPS = 10;

interface GatewayCommandOptions extends GlobalOptions {
  policy?: string;
  audience?: string;
  issuer?: string;
  listen?: string;
  ticketKey?: string;
  decisionKey?: string;
  uiUrl?: string;
  forwardedHops?: number;
}

export function registerGateway(program: Command, deps: CliDeps): void {
  program
    .command('gateway')
    .description("listen for GitHub's workflows: verify their OIDC tokens, start, show and steer releases")
    .option('--policy <file>', 'the policy; read again at SIGHUP (default: $SLUICE_POLICY, else policy.yml)')
    .option('--audience <text>', 'the audience that tokens must be made for, of this gateway alone ($SLUICE_AUDIENCE)')
    .option('--issuer <url>', `who signs tokens ($SLUICE_ISSUER; default: ${GITHUB_ISSUER})`)
    .option('--listen <address>', 'HOST:PORT to listen on; put TLS in front ($SLUICE_LISTEN; default: 127.0.0.1:8484)')
    .option(
      '--ticket-key <file>',
      'a secret of 32 bytes or more, so that tickets outlive this process ($SLUICE_TICKET_KEY_FILE)',
    )
    .option(
      '--decision-key <file>',
      'a private Ed25519 key in PEM that signs decisions, so that workers believe them ($SLUICE_DECISION_KEY_FILE)',
    )
    .option('--ui-url <url>', "Temporal's UI, for links to releases ($SLUICE_UI_URL)")
    .option('--forwarded-hops <n>', 'how many proxies of yours stand in front and write X-Forwarded-For', hops)
    .addHelpText(
      'after',
      examples(
        'sluice gateway --policy policy.yml --audience https://sluice.example.com',
        'sluice gateway --audience sluice-prod --issuer https://github.example.com/_services/token --json',
      ),
    )
    .action(handled(deps, (options: GatewayCommandOptions) => run(deps, options)));
}

async function run(deps: CliDeps, options: GatewayCommandOptions): Promise<number> {
  const own = await ownOptions(deps, options);
  const temporal = await connectTemporal(deps.env);
  try {
    const record = (one: GatewayRecord): void => {
      if (options.json) writeJson(deps.stdout, one);
      else deps.stdout.write(`${recordText(one)}\n`);
    };
    const gateway = await startGateway({ ...own, ...temporalOptions(temporal, uiUrl(deps, options)), record });
    if (options.json) writeJson(deps.stdout, { kind: 'gateway', url: gateway.url, audience: own.audience });
    else deps.stdout.write(`the gateway listens at ${gateway.url} for ${own.audience}; stop it with Ctrl-C\n`);
    await untilStopped(deps, gateway);
  } finally {
    await temporal.close();
  }
  return EXIT.ok;
}

type OwnOptions = Pick<
  GatewayOptions,
  'audience' | 'issuer' | 'policy' | 'host' | 'port' | 'ticketSecret' | 'signer' | 'forwardedHops'
>;

async function ownOptions({ cwd, env: all }: CliDeps, options: GatewayCommandOptions): Promise<OwnOptions> {
  const env = withoutEmpty(all);
  const audience = options.audience ?? env['SLUICE_AUDIENCE'];
  if (audience === undefined)
    throw usageError('Say which audience tokens must be made for: --audience, or SLUICE_AUDIENCE.');
  const issuer = options.issuer ?? env['SLUICE_ISSUER'];
  const ticketKey = options.ticketKey ?? env['SLUICE_TICKET_KEY_FILE'];
  const decisionKey = options.decisionKey ?? env['SLUICE_DECISION_KEY_FILE'];
  const { forwardedHops } = options;
  return {
    audience,
    ...(issuer !== undefined && { issuer }),
    policy: await policyFile(path.resolve(cwd, options.policy ?? env['SLUICE_POLICY'] ?? 'policy.yml')),
    ...listenAddress(options.listen ?? env['SLUICE_LISTEN'] ?? '127.0.0.1:8484'),
    ...(ticketKey !== undefined && { ticketSecret: await secretIn(path.resolve(cwd, ticketKey)) }),
    ...(decisionKey !== undefined && { signer: await signerIn(path.resolve(cwd, decisionKey)) }),
    ...(forwardedHops !== undefined && { forwardedHops }),
  };
}

function temporalOptions(
  { client, namespace }: TemporalConnection,
  ui: string | undefined,
): Pick<GatewayOptions, 'releases' | 'temporalReady' | 'pageOf'> {
  return {
    releases: releasesOf(client),
    async temporalReady() {
      const ask = () => client.workflowService.describeNamespace({ namespace });
      await client.withDeadline(Date.now() + READY_LIMIT_MS, ask);
    },
    ...(ui !== undefined && {
      pageOf: ({ workflowId, runId }) =>
        `${ui}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}/${runId}`,
    }),
  };
}

/** Heeds SIGHUP too, which daemons take for "read your files again". */
async function untilStopped(deps: CliDeps, gateway: Gateway): Promise<void> {
  const reload = (): void => void gateway.reloadPolicy();
  process.on('SIGHUP', reload);
  let forget: () => void = () => undefined;
  try {
    await new Promise<void>((resolve) => (forget = deps.onInterrupt(() => resolve())));
    // Still heeded while it stops: a second one must not cut off what is under way.
    await gateway.close();
  } finally {
    forget();
    process.off('SIGHUP', reload);
  }
}

async function keyFile(file: string): Promise<Uint8Array> {
  return readFile(file).catch((error: unknown) => {
    throw usageError(`The key ${file} cannot be read: ${messageOf(error)}.`, error);
  });
}

async function signerIn(file: string): Promise<DecisionSigner> {
  const pem = await keyFile(file);
  try {
    return decisionSigner(pem);
  } catch (error) {
    throw usageError(
      `The key ${file} cannot sign decisions, ${messageOf(error)}: make one with \`openssl genpkey -algorithm ed25519 -out FILE\`.`,
      error,
    );
  }
}

async function secretIn(file: string): Promise<Uint8Array> {
  const secret = await keyFile(file);
  if (secret.byteLength < LEAST_KEY_BYTES) {
    throw usageError(
      `The key ${file} has ${secret.byteLength} bytes: at least ${LEAST_KEY_BYTES} are needed, such as \`openssl rand -out FILE 64\`.`,
    );
  }
  return secret;
}

function listenAddress(text: string): { host: string; port: number } {
  const [, host = '', port = ''] = /^(\[[0-9a-f:]+\]|[^:\s]+):(\d{1,5})$/i.exec(text) ?? [];
  if (host === '' || Number(port) > 65_535)
    throw usageError(`\`${text}\` is not an address to listen on: give HOST:PORT, such as 127.0.0.1:8484.`);
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

function uiUrl({ env }: CliDeps, options: GatewayCommandOptions): string | undefined {
  const text = options.uiUrl ?? withoutEmpty(env)['SLUICE_UI_URL'];
  if (text === undefined) return undefined;
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw usageError(`\`${text}\` is not the URL of Temporal's UI: give one such as https://temporal.example.com.`);
  return text.replace(/\/+$/, '');
}

/** Compose files and service units set a variable to nothing where they mean that it is not set. */
function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}

function hops(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > MOST_HOPS) throw new InvalidArgumentError(`Give a number from 0 to ${MOST_HOPS}.`);
  return value;
}

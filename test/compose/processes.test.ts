import path from 'node:path';
import { waitFor } from '../helpers/wait-for';
import { INSTALL_LIMIT_MS } from './stage/go-tools';
import type { Machine } from './stage/machine';
import { openMachine, runToEnd } from './stage/machine';
import { loadCompose } from './stage/model';
import { asPlainUser, versionOf } from './stage/programs';

/** Images cannot be had everywhere: stage/machine.ts runs what they hold, and stage/places.ts says how paths and ports differ. */
const PASSWORD = `it's"ours":#1`;
const RELEASE_LIMIT_MS = 120_000;

let machine: Machine;

beforeAll(async () => {
  machine = await openMachine(await loadCompose(), { POSTGRES_PASSWORD: PASSWORD, SQL_PASSWORD: PASSWORD });
}, INSTALL_LIMIT_MS);
afterAll(() => machine.close(), 120_000);

const temporal = async (...args: string[]): Promise<string> => {
  const address = `127.0.0.1:${machine.places.portOf('temporal', 7233)}`;
  const { code, output } = await runToEnd(['temporal', ...args, '--address', address], '/', {
    PATH: machine.programs.path,
    HOME: '/nowhere',
  });
  if (code !== 0) throw new Error(`temporal ${args.join(' ')}: ${output}`);
  return output;
};

describe('the image that the Dockerfile describes', () => {
  const inImage = async (...args: string[]) => {
    const { root, workdir, environment } = machine.programs.sluice;
    const env = { PATH: machine.programs.path, HOME: '/nowhere', ...environment };
    return runToEnd(asPlainUser(args), path.join(root, workdir), env);
  };

  it('starts as a plain user that can write nowhere in it, and without the sources', async () => {
    expect(machine.programs.sluice.entrypoint).toEqual(['sluice']);
    expect(await inImage('sluice', '--version')).toEqual({ code: 0, output: '0.1.0\n' });
    expect(await inImage('sluice', 'worker', '--help')).toMatchObject({ code: 0 });
    expect((await inImage('find', '.', '-name', '*.ts', '-not', '-path', './node_modules/*')).output).toBe('');
    const written = await inImage('find', machine.programs.sluice.root, '-writable', '-not', '-type', 'l');
    expect(written).toEqual({ code: 0, output: '' });
  });

  it('holds production dependencies alone, with their native part for this platform alone', async () => {
    expect(await inImage('ls', 'node_modules/jest')).toMatchObject({ code: 2 });
    expect((await inImage('ls', 'node_modules/@temporalio/core-bridge/releases')).output).toMatch(
      /^[\w]+-unknown-linux-gnu\n$/,
    );
  });
});

describe('the services', () => {
  it('start in the order that they ask for, and pass their own health checks', async () => {
    await machine.up('temporal-ui');
    await machine.up('worker');
    for (const name of ['postgres', 'temporal', 'temporal-ui', 'worker']) {
      expect(await machine.check(name)).toMatchObject({ code: 0 });
    }
  }, 120_000);

  it('are of the versions that the file names', async () => {
    const { services } = await loadCompose();
    expect(await temporal('operator', 'cluster', 'system')).toContain(versionOf(services['temporal']!.image).slice(1));
    expect(versionOf(services['temporal-schema']!.image)).toBe(versionOf(services['temporal']!.image));
    const ui = `http://127.0.0.1:${machine.places.portOf('temporal-ui', 8080)}`;
    const settings = await (await fetch(`${ui}/api/v1/settings`)).json();
    expect(settings).toMatchObject({ Version: versionOf(services['temporal-ui']!.image).slice(1) });
    expect(await (await fetch(`${ui}/api/v1/namespaces/default`)).json()).toMatchObject({
      namespaceInfo: { name: 'default' },
    });
  });

  it('keep closed workflows for 90 days, and know the search attributes that the worker registers', async () => {
    expect(await temporal('operator', 'namespace', 'describe', '--namespace', 'default')).toMatch(/Ttl +2160h0m0s/);
    expect(await temporal('operator', 'search-attribute', 'list', '--namespace', 'default')).toMatch(
      /SluicePhase +Keyword/,
    );
  });

  it.each(['temporal-schema', 'temporal-namespace'])('go on when %s is run again, as every `up` does', async (job) => {
    expect(await machine.run(job)).toMatchObject({ code: 0 });
    expect(await machine.check('temporal')).toMatchObject({ code: 0 });
  });

  it('are found unhealthy when they do not work', async () => {
    expect(await machine.stop('worker')).toBe(0);
    await machine.stop('temporal-ui');
    expect((await machine.check('temporal-ui')).code).not.toBe(0);
  });
});

describe('the demo', () => {
  it(
    'releases something, and ends with the exit code of the release',
    async () => {
      const { code, output } = await machine.run('demo-release');
      expect(output).toContain('released');
      expect(code).toBe(0);
      expect(await temporal('workflow', 'list', '--namespace', 'demo')).toContain('release:shop-api:');
      expect(await temporal('workflow', 'list', '--namespace', 'default')).not.toContain('release:');
    },
    RELEASE_LIMIT_MS,
  );

  it(
    'does so again after `down`, when Temporal remembers it and its account does not',
    async () => {
      await machine.stop('demo-worker');
      await machine.stop('demo-aws');
      expect((await machine.check('demo-aws')).code).not.toBe(0);
      const { code, output } = await machine.run('demo-release');
      expect(output).toContain('released');
      expect(code).toBe(0);
      const shop = `http://127.0.0.1:${machine.places.portOf('demo-aws', 8080)}`;
      await waitFor('the shop answers', async () => (await fetch(`${shop}/version`)).ok);
    },
    RELEASE_LIMIT_MS,
  );
});

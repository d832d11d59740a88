import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { PACKAGE_ROOT } from '../../bin/root';
import { INSTALL_LIMIT_MS } from './stage/go-tools';
import type { ComposeModel, Service } from './stage/model';
import { isOneShot, loadCompose, needs, servicesWith } from './stage/model';

/** A tag that names one version: three numbers, or PostgreSQL's two. */
const EXACT = /^([\w./-]+:\d+\.\d+\.\d+|postgres:\d+\.\d+)(-[\w.-]+)?$/;
/** What the demo's local AWS is spoken to with, and what the database's password is until somebody sets one. */
const NO_SECRETS = ['local', 'temporal'];

let model: ComposeModel;
const services = (): [string, Service][] => Object.entries(model.services);
const those = (fits: (service: Service, name: string) => boolean): string[] =>
  services()
    .filter(([name, service]) => fits(service, name))
    .map(([name]) => name);

beforeAll(async () => {
  model = await loadCompose();
}, INSTALL_LIMIT_MS);

describe("docker-compose.yml, as compose's own loader reads it", () => {
  it.each([[[]], [['demo']]])('stands by itself with the profiles %j', (profiles) => {
    const started = servicesWith(model, profiles);
    const lacking = Object.values(started)
      .flatMap(needs)
      .filter((name) => started[name] === undefined);
    expect(lacking).toEqual([]);
    expect(Object.keys(started)).toContain('worker');
    expect(Object.keys(started).includes('demo-release')).toBe(profiles.length > 0);
  });

  it('names an exact version of every image, and its own with the version of the package', async () => {
    expect(those(({ image }) => !EXACT.test(image))).toEqual([]);
    const { version } = JSON.parse(await readFile(path.join(PACKAGE_ROOT, 'package.json'), 'utf8')) as {
      version: string;
    };
    const built = services().filter(([, { build }]) => build !== undefined);
    expect(new Set(built.map(([, { image }]) => image))).toEqual(new Set([`sluice:${version}`]));
    expect(those(({ image, build }) => image.startsWith('sluice:') && build === undefined)).toEqual([]);
  });

  it('checks the health of every service that goes on, and starts it again when it dies', () => {
    const lasting = those((service) => !isOneShot(service));
    expect(lasting.sort()).toEqual(['demo-aws', 'demo-worker', 'postgres', 'temporal', 'temporal-ui', 'worker']);
    for (const name of lasting) {
      const { healthcheck } = model.services[name]!;
      expect({ name, kind: healthcheck?.test[0], disabled: healthcheck?.disable ?? false }).toEqual({
        name,
        kind: 'CMD',
        disabled: false,
      });
    }
    expect(lasting.filter((name) => model.services[name]?.restart === undefined)).toEqual([]);
  });

  it('waits for what it depends on: for health, and for the success of set-up jobs', () => {
    const waits = services().flatMap(([name, { depends_on = {} }]) =>
      Object.entries(depends_on).map(([on, { condition }]) => ({ name, on, condition })),
    );
    const wrong = waits.filter(({ on, condition }) => {
      const job = isOneShot(model.services[on]!);
      return condition !== (job ? 'service_completed_successfully' : 'service_healthy');
    });
    expect(wrong).toEqual([]);
    const alone = those((service, name) => isOneShot(service) && !waits.some(({ on }) => on === name));
    // The release is what everything else is there for.
    expect(alone).toEqual(['demo-release']);
  });

  it('is reached from this machine only', () => {
    const ports = services().flatMap(([, { ports: published = [] }]) => published);
    expect(ports.length).toBeGreaterThan(0);
    expect(ports.filter(({ host_ip }) => host_ip !== '127.0.0.1')).toEqual([]);
    expect(those(({ network_mode = '' }) => network_mode === 'host')).toEqual([]);
  });

  it('lets nothing that runs the code of a commit reach the database, the Docker socket or its own root', () => {
    expect(model.networks['database']?.internal).toBe(true);
    expect(those(({ networks = {} }) => 'database' in networks)).toEqual(['postgres', 'temporal', 'temporal-schema']);
    const ours = services().filter(([, { image }]) => image.startsWith('sluice:'));
    expect(ours.length).toBe(4);
    for (const [, service] of ours) {
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
      expect(service.privileged ?? false).toBe(false);
      expect((service.volumes ?? []).map(({ type }) => type)).not.toContain('bind');
    }
  });

  it("gives what is kept in memory to the image's user, which a mode alone does not", () => {
    const folders = services().flatMap(([, { tmpfs = [] }]) => tmpfs.filter((folder) => folder !== '/tmp'));
    expect(folders.length).toBe(2);
    for (const folder of folders) expect(folder).toMatch(/^\/var\/lib\/sluice:.*uid=1000,gid=1000/);
  });

  it('holds no credential: those of AWS are passed on when they are there', async () => {
    const values = services().flatMap(([, { environment = {} }]) =>
      Object.entries(environment).filter(([name]) => /PASSWORD|SECRET|TOKEN|KEY/.test(name)),
    );
    const written = values.flatMap(([, value]) => (value === null ? [] : [value]));
    expect(written.filter((value) => !NO_SECRETS.includes(value))).toEqual([]);

    // A name without a value is compose's way to pass a variable on.
    expect(model.services['worker']?.environment).toMatchObject({ AWS_PROFILE: null, AWS_SESSION_TOKEN: null });
  });

  it("takes the database's password from the environment", async () => {
    const { services: written } = await loadCompose({ interpolated: false });
    const knowing = Object.entries(written).filter(([, { environment = {} }]) =>
      Object.values(environment).includes('${SLUICE_DB_PASSWORD:-temporal}'),
    );
    expect(knowing.map(([name]) => name)).toEqual(['postgres', 'temporal', 'temporal-schema']);
  });
});

describe('the files beside it', () => {
  it('hold nothing that our own gate takes for a secret', async () => {
    const scratch = await mkdtemp(path.join(os.tmpdir(), 'sluice-compose-'));
    try {
      const scanned = path.join(scratch, 'files');
      for (const file of ['docker-compose.yml', 'Dockerfile', '.dockerignore', 'docker']) {
        await cp(path.join(PACKAGE_ROOT, file), path.join(scanned, file), { recursive: true });
      }
      const scanner = path.join(PACKAGE_ROOT, 'activities', 'gates', 'secretlint-scan.mjs');
      const report = path.join(scratch, 'report.json');
      await promisify(execFile)(process.execPath, [scanner, scanned, report], { timeout: 60_000 });
      expect(JSON.parse(await readFile(report, 'utf8'))).toMatchObject({ findings: [], skipped: [] });
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });

  it('name an exact version of every image that ours is built from', async () => {
    const lines = (await readFile(path.join(PACKAGE_ROOT, 'Dockerfile'), 'utf8')).split('\n');
    const bases = lines.flatMap((line) => /^ARG NODE=(\S+)/.exec(line)?.[1] ?? []);
    expect(bases).toEqual([expect.stringMatching(/^node:\d+\.\d+\.\d+-bookworm-slim$/)]);
    const from = lines.flatMap((line) => /^FROM (\S+)/.exec(line)?.[1] ?? []);
    expect(new Set(from)).toEqual(new Set(['${NODE}']));
  });
});

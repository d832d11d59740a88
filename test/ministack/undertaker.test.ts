import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { freePorts } from '../../local/temporal/ports';
import type { Docker } from './stage/docker';
import { dockerClient } from './stage/docker';

const run = promisify(execFile);

let scratch: string;
let docker: Docker;
beforeAll(async () => {
  scratch = await mkdtemp(path.join(os.tmpdir(), 'sluice-undertaker-'));
  docker = dockerClient(scratch);
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** An image and a container that is never started, each with a label of this name. */
async function leaveBehind(name: string): Promise<{ image: string; container: string; label: string }> {
  const archive = path.join(scratch, `${name}.tar`);
  await writeFile(path.join(scratch, name), name);
  await run('tar', ['-C', scratch, '-cf', archive, name]);
  const label = `sluice.undertaker=${name}`;
  const image = await docker.run(['import', '--change', `LABEL ${label}`, archive]);
  return { image, label, container: await docker.run(['create', '--label', label, image, '/none']) };
}

const exists = (kind: 'image' | 'container', id: string): Promise<boolean> =>
  docker.run([kind, 'inspect', id]).then(
    () => true,
    () => false,
  );

it('whatever bears its labels is removed when its starter is gone in any way, and nothing else', async () => {
  const id = randomBytes(6).toString('hex');
  const [ours, others] = await Promise.all([leaveBehind(`ours-${id}`), leaveBehind(`others-${id}`)]);
  const directory = await mkdtemp(path.join(os.tmpdir(), 'sluice-undertaker-'));
  const [port = 0] = await freePorts(1);
  const undertaker = path.join(__dirname, 'stage', 'undertaker.mjs');
  const argv = [process.execPath, undertaker, ours.label, ours.label, directory, `${port}`];
  // A starter that is killed: of its child it held no more than the other end of stdin.
  const source = `
    const { spawn } = require('node:child_process');
    const child = spawn(${JSON.stringify(argv[0])}, ${JSON.stringify(argv.slice(1))}, {
      detached: true, stdio: ['pipe', 'inherit', 'ignore'] });
    child.once('spawn', () => process.kill(process.pid, 'SIGKILL'));`;
  try {
    const starter = spawn(process.execPath, ['-e', source], { env: docker.env, stdio: ['ignore', 'pipe', 'inherit'] });
    starter.stdout.resume();
    const [, signal] = (await once(starter, 'exit')) as [number | null, string | null];
    expect(signal).toBe('SIGKILL');
    // The undertaker holds the other end of this pipe until it has ended.
    if (!starter.stdout.closed) await once(starter.stdout, 'close');

    expect(await exists('container', ours.container)).toBe(false);
    expect(await exists('image', ours.image)).toBe(false);
    expect(existsSync(directory)).toBe(false);
    expect(await exists('container', others.container)).toBe(true);
    expect(await exists('image', others.image)).toBe(true);
  } finally {
    for (const { container, image } of [ours, others]) {
      await docker.run(['container', 'rm', '--force', container]).catch(() => undefined);
      await docker.run(['image', 'rm', '--force', image]).catch(() => undefined);
    }
    await rm(directory, { recursive: true, force: true });
  }
});

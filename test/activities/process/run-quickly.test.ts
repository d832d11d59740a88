import { runQuickly } from '../../../activities/process/run-quickly';
import type { QuickOptions } from '../../../activities/process/run-quickly';

const node = (script: string, more: Partial<QuickOptions> = {}) =>
  runQuickly({
    argv: [process.execPath, '-e', script],
    cwd: process.cwd(),
    env: {},
    timeoutMs: 20_000,
    stdoutLimitBytes: 1_000,
    tailBytes: 10,
    ...more,
  });

describe('a program that is run quickly', () => {
  it('answers its output byte for byte, and the end of what it complained about', async () => {
    const result = await node(
      `process.stdout.write(Buffer.from([0, 255, 10])); process.stderr.write('a long complaint')`,
    );
    expect(result).toEqual({
      exitCode: 0,
      timedOut: false,
      stdout: Buffer.from([0, 255, 10]),
      tail: ' complaint',
    });
  });

  it('is handed exactly its environment', async () => {
    const { stdout } = await node('process.stdout.write(JSON.stringify(process.env))', { env: { ONLY: 'this' } });
    expect(JSON.parse(String(stdout))).toEqual({ ONLY: 'this' });
  });

  it('answers its exit code when it fails, and 127 when there is no such program', async () => {
    await expect(node('process.exit(3)')).resolves.toMatchObject({ exitCode: 3, timedOut: false });
    await expect(node('', { argv: ['no-such-program'] })).resolves.toMatchObject({ exitCode: 127 });
  });

  it('is killed when its time is up', async () => {
    const result = await node('setInterval(() => undefined, 1000)', { timeoutMs: 200 });
    expect(result).toMatchObject({ timedOut: true, exitCode: 137 });
  });

  it('is killed when nobody wants its answer any more, which is then the reason', async () => {
    const stop = new AbortController();
    const running = node('setInterval(() => undefined, 1000)', { signal: stop.signal });
    stop.abort(new Error('not wanted'));
    await expect(running).rejects.toThrow('not wanted');
  });

  it('has no output to speak of when there was more than allowed', async () => {
    const result = await node(`process.stdout.write('x'.repeat(5000)); setInterval(() => undefined, 1000)`);
    expect(result).toMatchObject({ timedOut: false, stdout: undefined });
  });
});

import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pythonTools } from '../helpers/python-tools';

let folder: string;
let tools: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'sluice-python-'));
  tools = path.join(folder, 'tools');
});
afterEach(() => rm(folder, { recursive: true }));

async function requirements(...lines: string[]): Promise<string> {
  const file = path.join(folder, 'requirements.txt');
  await writeFile(file, [...lines, ''].join('\n'));
  return file;
}

it('are installed once, also when two ask at the same time, and anew when that was not finished', async () => {
  const file = await requirements();
  const [one, other] = await Promise.all([pythonTools(file, tools), pythonTools(file, tools)]);
  expect(one.python).toBe(other.python);
  expect(existsSync(one.bin('pip'))).toBe(true);

  const trace = path.join(one.bin('.'), 'trace');
  await writeFile(trace, '');
  await pythonTools(file, tools);
  expect(existsSync(trace)).toBe(true);
  await rm(path.join(one.bin('..'), 'whole'));
  await pythonTools(file, tools);
  expect(existsSync(trace)).toBe(false);
});

it('that cannot be installed leave one error with what pip said, and nothing else', async () => {
  const file = await requirements('--no-index', 'no-such-package==1.0');
  await expect(pythonTools(file, tools)).rejects.toThrow(
    /^Python tools cannot be installed: .* exit 1\n[^]*No matching distribution found for no-such-package==1\.0/,
  );
  expect(await readdir(tools)).toEqual([]);
});

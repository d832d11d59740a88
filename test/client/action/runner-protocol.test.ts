import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { command, harmless } from '../../../client/action/commands';
import { appendTo, fileCommand } from '../../../client/action/environment-files';
import { readEnvironmentFile } from './stage/environment-file';

describe('commands to the runner', () => {
  it('are one line each, with what would end them early escaped', () => {
    expect(command('error', '100 %\r\n::error::x', { title: 'a: b, c\n%' })).toBe(
      '::error title=a%3A b%2C c%0A%25::100 %25%0D%0A::error::x\n',
    );
    expect(command('endgroup', '')).toBe('::endgroup::\n');
  });

  it('cannot be hidden in the middle of a line either', () => {
    expect(harmless('see ##[error]this and ###[x]')).toBe('see ## [error]this and ### [x]');
  });
});

describe('files for the runner', () => {
  it.each(['', 'one', 'two\nlines', 'a<<b\nc=d', 'EOF\nx=1', '\n\n', 'end_'])('hand over %j as it is', (value) => {
    expect(readEnvironmentFile(fileCommand({ first: value, second: 'z' }))).toEqual({ first: value, second: 'z' });
  });

  it('end each value with another line, that nobody can guess', () => {
    const ends = [...fileCommand({ a: '1', b: '2' }).matchAll(/<<(\S+)/g)].map(([, end]) => end);
    expect(new Set(ends).size).toBe(2);
    ends.forEach((end) => expect(end).toMatch(/^end_[0-9a-f-]{36}$/));
  });

  it('are appended to, and outside of a runner left alone', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'sluice-files-'));
    const file = path.join(folder, 'output');
    await appendTo(file, 'a=1\n');
    await appendTo(file, 'b=2\n');
    await appendTo(undefined, 'nowhere');
    await appendTo('', 'nowhere');
    expect(await readFile(file, 'utf8')).toBe('a=1\nb=2\n');
    await rm(folder, { recursive: true });
  });
});

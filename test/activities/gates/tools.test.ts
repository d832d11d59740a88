import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findTool } from '../../../activities/gates/tools';

const PROGRAM = '#!/bin/sh\necho one\n';
const SHA256 = createHash('sha256').update(PROGRAM).digest('hex');

let folder: string;
let program: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-tools-'));
  program = path.join(folder, 'scan');
  writeFileSync(program, PROGRAM, { mode: 0o755 });
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('the program of a tool', () => {
  it('is the one on PATH', async () => {
    expect(await findTool('scan', {}, `/nowhere:${folder}`)).toEqual({ ok: true, program });
  });

  it('is the one that was pinned by path, whatever is on PATH', async () => {
    const other = path.join(folder, 'other');
    writeFileSync(other, PROGRAM, { mode: 0o755 });
    expect(await findTool('scan', { path: other }, folder)).toEqual({ ok: true, program: other });
  });

  it('is started when its SHA-256 is the pinned one', async () => {
    expect(await findTool('scan', { sha256: SHA256 }, folder)).toEqual({ ok: true, program });
  });

  it('is not started once it was replaced', async () => {
    writeFileSync(program, '#!/bin/sh\necho two\n');
    expect(await findTool('scan', { sha256: SHA256 }, folder)).toMatchObject({
      ok: false,
      why: expect.stringContaining('and its policy pins') as unknown,
    });
  });

  it.each([
    ['is not there', () => rmSync(program)],
    ['may not be executed', () => chmodSync(program, 0o644)],
  ])('is missing when it %s', async (_, spoil) => {
    spoil();
    expect(await findTool('scan', {}, folder)).toEqual({ ok: false, why: 'scan is not installed on this worker' });
    rmSync(program, { force: true });
    writeFileSync(program, PROGRAM);
  });

  it('is never looked for in the folder that the worker happens to stand in', async () => {
    expect(await findTool('scan', {}, ':.:relative')).toMatchObject({ ok: false });
  });
});

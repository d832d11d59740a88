import type { ReleaseEnd } from '../../../client/release-end';
import type { ReleaseEvent } from '../../../client/release-events';
import { createRenderer } from '../../../client/render/create-renderer';
import { wantsColour } from '../../../client/render/output';
import { COMMIT } from '../samples';
import { outputList } from './output-list';

const EVENT: ReleaseEvent = { kind: 'phase', at: 5, phase: 'admit', state: 'running', detail: '' };
const END: ReleaseEnd = {
  terminated: false,
  outcome: { outcome: 'gate-failed', cause: 'Gate tests failed.', commit: COMMIT, environments: [] },
};
const terminal = { isTTY: true, columns: 80, rows: 24 };

function show(options: { terminal?: typeof terminal; env?: Record<string, string>; json?: boolean }): string {
  const output = outputList(options.terminal);
  const renderer = createRenderer({
    output,
    env: options.env ?? {},
    workflowId: 'release:x',
    json: options.json ?? false,
    now: () => 5,
  });
  renderer.event(EVENT);
  renderer.end(END);
  renderer.stop();
  return output.text();
}

describe('createRenderer', () => {
  it('writes plain lines without any escape sequence where there is no terminal', () => {
    expect(show({})).toBe('   0.0s  admit     started\n   0.0s  end       gate-failed: Gate tests failed.\n');
  });

  it.each([{ TERM: 'dumb' }, { CI: 'true' }])('draws over nothing on a terminal with %j', (env) => {
    expect(show({ terminal, env })).not.toMatch(/\u001b\[\d+A/);
  });

  it('draws the block over itself on a terminal, and the end below it', () => {
    const text = show({ terminal });
    expect(text).toContain('\u001b[1A\u001b[0J');
    expect(text).toMatch(/gate-failed: Gate tests failed\..*\n$/);
  });

  it('uses no colour with NO_COLOR', () => {
    expect(show({ terminal, env: { NO_COLOR: '1' } })).not.toMatch(/\u001b\[\d+m/);
  });

  it('writes one JSON object a line, the end with its exit code', () => {
    const objects = show({ json: true })
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(objects).toEqual([
      EVENT,
      {
        kind: 'end',
        workflowId: 'release:x',
        outcome: 'gate-failed',
        cause: 'Gate tests failed.',
        commit: COMMIT,
        environments: [],
        exitCode: 10,
      },
    ]);
  });
});

describe('wantsColour', () => {
  it.each([
    [true, {}, true],
    [true, { NO_COLOR: '' }, true],
    [true, { NO_COLOR: '1' }, false],
    [true, { TERM: 'dumb' }, false],
    [false, {}, false],
  ])('on a terminal: %s, with %j: %s', (isTTY, env, wanted) => {
    expect(wantsColour(outputList({ isTTY }), env)).toBe(wanted);
  });
});

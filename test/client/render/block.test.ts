import type { ReleaseEvent } from '../../../client/release-events';
import { drawBlock, EMPTY_BLOCK, reduceBlock } from '../../../client/render/block';
import { palette } from '../../../client/render/output';

const EVENTS: ReleaseEvent[] = [
  { kind: 'phase', at: 500, phase: 'admit', state: 'done', detail: 'plan 3f2a', durationMs: 500 },
  { kind: 'phase', at: 600, phase: 'gates', state: 'running', detail: '' },
  { kind: 'gate', at: 600, gate: 'tests', state: 'running', cause: '' },
  { kind: 'gate', at: 1_500, gate: 'secrets', state: 'failed', cause: 'a key in config.js', durationMs: 900 },
  { kind: 'phase', at: 700, phase: 'stable', environment: 'production', state: 'running', detail: '' },
  { kind: 'progress', at: 900, phase: 'stable', environment: 'production', text: '1 of 2 tasks run' },
];

function draw(events: ReleaseEvent[], columns = 60): string[] {
  return drawBlock(events.reduce(reduceBlock, EMPTY_BLOCK), 'release:x', 2_600, columns, palette(false));
}

describe('the live block', () => {
  it('shows phases, gates under theirs, running times up to now, and the last progress', () => {
    expect(draw(EVENTS)).toEqual([
      '✓ admit                      0.5 s  plan 3f2a',
      '… gates                      2.0 s',
      '  … tests                    2.0 s',
      '  ✗ secrets                  0.9 s  a key in config.js',
      '… stable production          1.9 s  1 of 2 tasks run',
    ]);
  });

  it.each([20, 40, 60])('never draws a line wider than %d columns', (columns) => {
    const note: ReleaseEvent = { kind: 'note', at: 1, text: 'x'.repeat(200) };
    const long: ReleaseEvent = { kind: 'gate', at: 1, gate: 'g'.repeat(90), state: 'failed', cause: 'y'.repeat(90) };
    for (const line of draw([...EVENTS, note, long], columns)) expect(line.length).toBeLessThanOrEqual(columns);
  });

  it('shows that approval is asked for until the phase ends', () => {
    const asked: ReleaseEvent[] = [
      { kind: 'phase', at: 1, phase: 'approval', environment: 'production', state: 'running', detail: '' },
      { kind: 'approval', at: 1, environment: 'production', minimum: 1, approvedBy: [], expiresAt: 0, changes: [] },
    ];
    expect(draw(asked, 200).join('\n')).toContain('0 of 1 approvals: sluice approve release:x');
    const given: ReleaseEvent = {
      kind: 'phase',
      at: 9,
      phase: 'approval',
      environment: 'production',
      state: 'done',
      detail: 'by ann',
    };
    expect(draw([...asked, given], 200).join('\n')).not.toContain('sluice approve');
  });

  it('keeps one entry for a phase that begins again', () => {
    const again: ReleaseEvent = { kind: 'phase', at: 2_000, phase: 'gates', state: 'running', detail: '' };
    expect(draw([...EVENTS, again]).filter((line) => line.includes('gates'))).toHaveLength(1);
  });
});

import type { ReleaseEvent } from '../../../client/release-events';
import { palette } from '../../../client/render/output';
import { plainRenderer } from '../../../client/render/plain';
import { COMMIT } from '../samples';
import { outputList } from './output-list';

const ID = `release:shop-api:${COMMIT}`;

function lines(events: ReleaseEvent[]): string[] {
  const output = outputList();
  const renderer = plainRenderer(output, palette(false), ID);
  events.forEach((event) => renderer.event(event));
  return output.text().trimEnd().split('\n');
}

describe('the plain renderer', () => {
  it('writes one line for each event, timed from the first', () => {
    const cause = 'coverage 94.1 % of lines, floor 80 %';
    expect(
      lines([
        { kind: 'phase', at: 1_000, phase: 'admit', state: 'running', detail: '' },
        { kind: 'phase', at: 1_500, phase: 'admit', state: 'done', detail: 'plan 3f2a', durationMs: 500 },
        { kind: 'gate', at: 1_600, gate: 'tests', state: 'running', cause: '' },
        { kind: 'gate', at: 13_300, gate: 'tests', state: 'passed', cause, durationMs: 1_200 },
        {
          kind: 'gate',
          at: 13_300,
          gate: 'leaks',
          state: 'undetermined',
          cause: 'gitleaks is not installed',
          durationMs: 90,
        },
        { kind: 'progress', at: 61_000, phase: 'stable', environment: 'production', text: '1 of 2 tasks run' },
        {
          kind: 'phase',
          at: 62_000,
          phase: 'healthy',
          environment: 'production',
          state: 'failed',
          detail: 'HTTP 500',
          durationMs: 900,
        },
        { kind: 'note', at: 62_000, text: 'Temporal answers again.' },
      ]),
    ).toEqual([
      '   0.0s  admit     started',
      '   0.5s  admit     done in 0.5 s: plan 3f2a',
      '   0.6s  gates     tests started',
      `  12.3s  gates     tests passed in 1.2 s: ${cause}`,
      '  12.3s  gates     leaks could not tell after 0.0 s: gitleaks is not installed',
      '  1m00s  stable    production: 1 of 2 tasks run',
      '  1m01s  healthy   production: failed after 0.9 s: HTTP 500',
      '  1m01s  note      Temporal answers again.',
    ]);
  });

  it('tells approvers what would change and what to type', () => {
    const approval = { environment: 'production', minimum: 2, approvedBy: ['ann'], changes: ['image of api'] };
    expect(lines([{ kind: 'approval', at: 0, expiresAt: 7_200_000, ...approval }])).toEqual([
      `   0.0s  approval  production: 1 of 2 approvals (ann), expires in 2 h: sluice approve ${ID}, or sluice reject ${ID}. It would change: image of api.`,
    ]);
  });

  it('keeps to one line whatever a cause quotes, and lets no escape sequence through', () => {
    const cause = 'first\r\n\u001b[31msecond\u001b[0m\u0007\u009b2J';
    expect(lines([{ kind: 'gate', at: 0, gate: 'lint', state: 'failed', cause }])).toEqual([
      '   0.0s  gates     lint failed: first second 2J',
    ]);
  });

  it('does not take the time of a note for the beginning', () => {
    expect(
      lines([
        { kind: 'note', at: 90_000, text: 'No details.' },
        { kind: 'phase', at: 1_000, phase: 'admit', state: 'running', detail: '' },
        { kind: 'phase', at: 3_000, phase: 'gates', state: 'running', detail: '' },
      ]).map((line) => line.slice(0, 7)),
    ).toEqual(['   0.0s', '   0.0s', '   2.0s']);
  });
});

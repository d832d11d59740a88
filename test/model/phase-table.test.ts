import { endLine, phaseTable } from '../../model/phase-table';

describe('what a workflow shows of itself', () => {
  it('has no digest in its whole length, which would push the times off the page', () => {
    const detail = `runs shop@sha256:${'1234567890abcdef'.repeat(4)}, twice`;
    const table = phaseTable([{ phase: 'healthy', state: 'done', detail, startedAt: 0, endedAt: 1_000 }]);
    expect(table).toContain('| ✓ | healthy | runs shop@sha256:1234567890ab, twice | 1.0 s |');
  });

  it('says in the end how it ended, and draws nothing that others wrote', () => {
    const cause = 'see [here](https://example.com)\n<img src=x> and `this`';
    expect(endLine({ outcome: 'gate-failed', cause })).toBe(
      '**gate-failed**: see \\[here\\]\\(https://example.com\\) \\<img src=x\\> and \\`this\\`',
    );
  });
});

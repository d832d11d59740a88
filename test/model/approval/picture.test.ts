import { commitLine, firstOf, NOTHING_BETWEEN, shortened } from '../../../model/approval/between';
import { fileChanges, gateChanges } from '../../../model/approval/gate-settings';
import { approvalPicture, boundedChanges, pictureLines, pictureMarkdown } from '../../../model/approval/picture';
import type { PictureFacts } from '../../../model/approval/picture';
import type { WaitingForApproval } from '../../../model/messages';
import type { GateSpec } from '../../../model/plan';

const COMMIT = 'a'.repeat(40);
const FACTS: PictureFacts = {
  baselines: [
    {
      service: 'api',
      baseline: {
        service: 'api',
        taskDefinitionArn: 'arn:x/shop:7',
        digests: {},
        desiredCount: 1,
        commit: 'b'.repeat(40),
      },
    },
    { service: 'jobs', baseline: { service: 'jobs', taskDefinitionArn: 'arn:x/jobs:1', digests: {}, desiredCount: 1 } },
    { service: 'web', baseline: null },
  ],
  commit: COMMIT,
  digest: `sha256:${'c'.repeat(64)}`,
  between: {
    ...NOTHING_BETWEEN,
    forward: 3,
    back: 1,
    commits: ['bbbbbbbbbbbb Mend it (Ann)'],
    gateSettings: ['.trivyignore changed'],
  },
  gates: [
    { gate: 'tests', state: 'passed', cause: 'coverage 93.1 % of lines, floor 80 %' },
    { gate: 'secrets', state: 'passed', cause: '' },
  ],
};

function waiting(change: Partial<WaitingForApproval> = {}): WaitingForApproval {
  return {
    environment: 'production',
    minimum: 2,
    approvedBy: ['github:ann'],
    expiresAt: 0,
    changes: ['api: image: 0 -> 1'],
    picture: approvalPicture(FACTS),
    missing: ['one of security (github:dave)'],
    decisions: [
      { decision: 'approve', by: 'github:ann', at: 0, standing: 'verified', comment: 'seen' },
      { decision: 'reject', by: 'eve', at: 0, standing: 'unverified', remark: 'production is decided by others' },
    ],
    ...change,
  };
}

describe('what the approver sees', () => {
  it('is everything that matters, one thing on a line', () => {
    expect(pictureLines(waiting())).toEqual([
      'runs now: api: bbbbbbbbbbbb, shop:7',
      'runs now: jobs: a revision that Sluice did not make, jobs:1',
      'runs now: web: an earlier deployment is unfinished',
      'would run: aaaaaaaaaaaa as sha256:cccccccccccc',
      'commits: 3 between what runs and this one; 1 that run now would be gone',
      '  bbbbbbbbbbbb Mend it (Ann)',
      'changes: api: image: 0 -> 1',
      'GATE SETTINGS CHANGED: .trivyignore changed',
      'gates: tests passed (coverage 93.1 % of lines, floor 80 %), secrets passed',
      'said: github:ann (verified) approves: seen',
      'said: eve (unverified) rejects [production is decided by others]',
      'missing: one of security (github:dave)',
    ]);
  });

  it('says what there is nothing of, too', () => {
    const picture = approvalPicture({ ...FACTS, between: NOTHING_BETWEEN, gates: [] });
    const lines = pictureLines(waiting({ picture, changes: [], decisions: [], missing: [] }));
    expect(lines.slice(4)).toEqual([
      'commits: 0 between what runs and this one',
      'changes: none in task definitions',
      'gate settings: as they were',
    ]);
  });

  it('lists this commit alone, where that which runs is of none that is known', () => {
    const picture = approvalPicture({
      ...FACTS,
      between: { ...NOTHING_BETWEEN, commits: ['aaaaaaaaaaaa Add it (Ann)'] },
    });
    const lines = pictureLines(waiting({ picture })).filter((line) => /^commits|^ /.test(line));
    expect(lines).toEqual(['commits: this one', '  aaaaaaaaaaaa Add it (Ann)']);
  });

  it('says that what was said before is void', () => {
    expect(pictureLines(waiting({ again: 1 }))[0]).toBe(
      'ASKED AGAIN: what would change has changed, so what was said before is void',
    );
  });

  it('is nothing for a release of an older version', () => {
    const { picture: _none, ...older } = waiting();
    expect(pictureLines(older)).toEqual([]);
  });

  it('is bounded, whatever the facts are', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => `line ${index} ${'x'.repeat(10_000)}`);
    const picture = approvalPicture({
      ...FACTS,
      baselines: many.map((service) => ({ service, baseline: null })),
      between: { ...NOTHING_BETWEEN, unknown: many, gateSettings: many, commits: many.slice(0, 10) },
      gates: many.map((gate) => ({ gate, state: 'passed', cause: gate })),
    });
    expect(JSON.stringify({ picture, changes: boundedChanges(many) }).length).toBeLessThan(25_000);
  });

  it('is text in the Temporal UI, and no markup of anybody', () => {
    const picture = approvalPicture({
      ...FACTS,
      between: { ...NOTHING_BETWEEN, commits: ['b ![x](https://evil.example/p.png) <script> | `a` **b** (Eve)'] },
    });
    const text = pictureMarkdown(waiting({ picture }));
    expect(text).toContain(
      '  - b \\!\\[x\\]\\(https://evil.example/p.png\\) \\<script\\> \\| \\`a\\` \\*\\*b\\*\\* \\(Eve\\)',
    );
    expect(text.split('\n')[0]).toBe('**production waits for approval**');
  });
});

describe('a line', () => {
  it('of a commit is one line, without control characters', () => {
    const subject = `Mend\u001b[31m it\u202e\n${'x'.repeat(500)}`;
    const line = commitLine({ commit: COMMIT, subject, author: 'Ann\u0000', emails: [], back: false });
    expect(line).toMatch(/^a{12} Mend \[31m it x+… \(Ann\)$/);
    expect(line.length).toBeLessThanOrEqual(200);
  });

  it('that is too long ends with a dot of its own', () => {
    expect(shortened('abcdef', 4)).toBe('abc…');
    expect(shortened('abcd', 4)).toBe('abcd');
  });

  it('stands for those that are left out', () => {
    expect(firstOf(['a', 'b', 'c'], 2)).toEqual(['a', 'b', '… and 1 more']);
    expect(firstOf(['a', 'b'], 2)).toEqual(['a', 'b']);
  });
});

describe('changes to gates', () => {
  const tests: GateSpec = {
    name: 'tests',
    kind: 'run',
    needs: [],
    timeoutMs: 60_000,
    setup: [],
    run: 'npm test',
    environment: { TOKEN: 'secret one' },
    coverage: { format: 'lcov', report: 'lcov.info', lines: 80, include: [], exclude: [], reportLimitBytes: 1 },
  };
  const secrets: GateSpec = { name: 'secrets', kind: 'secretlint', needs: [], timeoutMs: 60_000 };

  it.each<[string, GateSpec[], GateSpec[], string[]]>([
    ['none', [tests, secrets], [tests, secrets], []],
    ['another order', [tests, secrets], [secrets, tests], []],
    ['a gate that is gone', [tests, secrets], [tests], ['gate secrets is gone']],
    ['a new one', [tests], [tests, secrets], ['gate secrets is new']],
    ['another command, which is not quoted', [tests], [{ ...tests, run: 'true' }], ['gate tests: run changed']],
    [
      'a lower floor',
      [tests],
      [{ ...tests, coverage: { ...tests.coverage!, lines: 10 } }],
      ['gate tests: coverage.lines 80 -> 10'],
    ],
    ['no floor any more', [tests], [{ ...tests, coverage: undefined } as never], ['gate tests: coverage is gone']],
    [
      'files left out',
      [tests],
      [{ ...tests, coverage: { ...tests.coverage!, exclude: ['**'] } }],
      ['gate tests: coverage.exclude changed'],
    ],
    [
      'a variable, whose value is not shown',
      [tests],
      [{ ...tests, environment: { TOKEN: 'secret two' } }],
      ['gate tests: environment.TOKEN changed'],
    ],
    ['another kind', [secrets], [{ ...secrets, kind: 'gitleaks' } as GateSpec], ['gate secrets: kind changed']],
  ])('%s', (_what, before, after, lines) => {
    expect(gateChanges(before, after)).toEqual(lines);
  });

  it('of files are told by what happened to them', () => {
    const files = [
      { status: 'A', path: 'a' },
      { status: 'M', path: 'b' },
      { status: 'D', path: 'c' },
      { status: 'T', path: 'd' },
    ];
    expect(fileChanges(files)).toEqual(['a is new', 'b changed', 'c is gone', 'd changed']);
  });
});

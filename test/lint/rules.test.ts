import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { PACKAGE_ROOT } from '../../bin/root';

interface Question {
  file: string;
  line: string;
  /** Part of what the linter must say, or must not. */
  says?: string;
  saysNot?: string;
}

const HOLE = [
  "function hole(kind: 'a' | 'b'): number { switch (kind) { case 'a': return 1; } return 0; }",
  "hole('a');",
].join('\n');

const QUESTIONS: Question[] = [
  { file: 'workflows/phases.ts', line: "import '../activities/turns/activities';", says: 'may not import activities/' },
  { file: 'workflows/phases.ts', line: "import 'node:fs';", says: 'workflows/ stays free of I/O' },
  { file: 'workflows/phases.ts', line: "import '@aws-sdk/client-ecs';", says: 'workflows/ stays free of I/O' },
  {
    file: 'workflows/phases.ts',
    line: "import type { TurnActivities as Unused } from '../activities/turns/activities';",
    saysNot: 'may not import',
  },
  { file: 'model/ids.ts', line: "import '../activities/heartbeating';", says: 'may not import activities/' },
  { file: 'activities/heartbeating.ts', line: "import '../client/errors';", says: 'may not import client/' },
  { file: 'client/errors.ts', line: "import '../workflows/release';", says: "only the workflows' messages" },
  { file: 'local/aws/contract.ts', line: "import '../../model/ids';", says: 'may not import model/' },
  {
    file: 'model/ids.ts',
    line: 'async function unheard(): Promise<void> {}\nunheard();',
    says: 'no-floating-promises',
  },
  { file: 'model/ids.ts', line: HOLE, says: 'switch-exhaustiveness-check' },
];

let answers: string[];

beforeAll(() => {
  const answer = execFileSync(process.execPath, [path.join(__dirname, 'ask-eslint.mjs')], {
    cwd: PACKAGE_ROOT,
    input: JSON.stringify(QUESTIONS),
    encoding: 'utf8',
  });
  answers = JSON.parse(answer) as string[];
}, 180_000);

it.each(QUESTIONS.map((question, index) => ({ ...question, index })))(
  '$file with $line',
  ({ says, saysNot, index }) => {
    if (says !== undefined) expect(answers[index]).toContain(says);
    if (saysNot !== undefined) expect(answers[index]).not.toContain(saysNot);
  },
);

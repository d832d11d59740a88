/** Lines of a coverage report. */
export interface Lines {
  covered: number;
  total: number;
}

/** The figures in a gate's cause, as the gate itself counted them. */
export function linesIn(cause: string): Lines {
  const [, covered, total] = /\((\d+) of (\d+) in \d+ files?\)/.exec(cause) ?? [];
  if (covered === undefined || total === undefined) throw new Error(`no figures of coverage in: ${cause}`);
  return { covered: Number(covered), total: Number(total) };
}

/**
 * A module of the service and a test that imports it, with as many statements as take the project from `have` to `want`:
 * those at the top run, those of a function that nobody calls do not.
 */
export function filler(have: Lines, want: Lines): Record<string, string> {
  const missed = want.total - want.covered - (have.total - have.covered);
  const run = want.covered - have.covered - 1; // the `def` itself is one
  if (missed < 1 || run < 1)
    throw new Error(`the project has too many lines already: ${JSON.stringify({ have, want })}`);
  const known = Array.from({ length: run }, (_, each) => `RATE_${each} = ${each}`);
  const unknown = Array.from({ length: missed }, (_, each) => `    rate = ${each}`);
  return {
    'app/rates.py': [...known, '', '', 'def forecast():', ...unknown, ''].join('\n'),
    'tests/test_rates.py': 'from app import rates\n\n\ndef test_there_are_rates():\n    assert rates.RATE_0 == 0\n',
  };
}

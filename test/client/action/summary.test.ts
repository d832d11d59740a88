import { annotationOf } from '../../../client/action/annotation';
import { readInputs } from '../../../client/action/inputs';
import type { Result } from '../../../client/action/result';
import { summaryOf } from '../../../client/action/summary';
import { COMMIT, deployment, gate, phase, release, snapshot } from '../samples';

const inputs = readInputs({
  INPUT_GATEWAY: 'https://sluice.example.com',
  INPUT_PROJECT: 'shop-api',
  INPUT_COMMIT: COMMIT,
});
const result: Result = { exitCode: 20, outcome: 'rolled-back', cause: 'Health of api: HTTP 500.', digest: 'sha256:1' };
const started = { workflowId: `release:shop-api:${COMMIT}`, runId: 'run', attached: false, ticket: 'secret' };

describe('the summary of a job', () => {
  it('tells the end, the phases with their times, the gates, and where to look', () => {
    const text = summaryOf({
      inputs,
      result,
      started: { ...started, uiUrl: 'https://temporal.example.com/x?a=1&b=2' },
      snapshot: snapshot({
        release: release({
          phases: [phase('gates', { state: 'done', detail: '2 passed', startedAt: 0, endedAt: 61_000 })],
          gates: [gate('tests', { state: 'passed', cause: '94 %', durationMs: 1_200 })],
        }),
        deployment: deployment({ phases: [phase('healthy', { state: 'failed', detail: 'HTTP 500', endedAt: 900 })] }),
      }),
    });
    expect(text.split('\n\n')).toEqual([
      '<h3>Release of shop-api: rolled-back</h3>',
      '<p>Health of api: HTTP 500.</p>',
      `<table><tr><td>commit</td><td><code>${COMMIT}</code></td></tr><tr><td>image</td><td><code>sha256:1</code></td></tr><tr><td>asked for by</td><td>ann</td></tr><tr><td>release</td><td><a href="https://temporal.example.com/x?a=1&amp;b=2"><code>${started.workflowId}</code></a></td></tr></table>`,
      '<table><tr><th></th><th>phase</th><th></th><th>time</th></tr><tr><td>✓</td><td>gates</td><td>2 passed</td><td>1 min 1 s</td></tr><tr><td>✗</td><td>healthy production</td><td>HTTP 500</td><td>0.8 s</td></tr></table>',
      '<table><tr><th></th><th>gate</th><th></th><th>cause</th><th>time</th></tr><tr><td>✓</td><td>tests</td><td>passed</td><td>94 %</td><td>1.2 s</td></tr></table>\n',
    ]);
  });

  it('holds no ticket, and nothing of what a program printed as Markdown or HTML', () => {
    const cause = '</td></table>\n\n![x](https://evil.example/p.png) <img src=x> [click](https://evil.example)';
    const text = summaryOf({
      inputs,
      result: { ...result, cause },
      started,
      snapshot: snapshot({ release: release({ gates: [gate('tests', { state: 'failed', cause })] }) }),
    });
    expect(text).not.toContain('secret');
    expect(text).not.toContain('<img');
    // Every block begins with a tag, and a blank line is between blocks only: no line of it is Markdown.
    for (const block of text.trimEnd().split('\n\n')) expect(block).toMatch(/^<(h3|p|table)>.*<\/\1>$/);
  });

  it('stays far below what GitHub takes, whatever there is to tell', () => {
    const gates = Array.from({ length: 2_000 }, (_, index) => gate(`g${index}`, { cause: 'x'.repeat(5_000) }));
    const text = summaryOf({ inputs, result, snapshot: snapshot({ release: release({ gates }) }) });
    expect(text.length).toBeLessThan(100_000);
    expect(text).toContain('and 1940 more');
  });
});

describe('the annotation of a job', () => {
  const failed: Result = { exitCode: 10, outcome: 'gate-failed', cause: 'Gate lint failed.' };

  it('is the first gate that failed, even where one before it could not tell', () => {
    const gates = [
      gate('leaks', { state: 'undetermined', cause: 'not installed' }),
      gate('lint', { state: 'failed', cause: '2 errors' }),
      gate('tests', { state: 'failed', cause: '1 of 9' }),
    ];
    expect(annotationOf(failed, snapshot({ release: release({ gates }) }))).toBe(
      '::error title=Gate lint failed::2 errors\n',
    );
  });

  it.each([
    [{ exitCode: 0, outcome: 'released', cause: 'It runs.' }, ''],
    [{ exitCode: 3, outcome: '', cause: 'No answer.' }, '::warning title=The end of the release is not known here::'],
    [{ exitCode: 24, outcome: 'terminated', cause: 'By ann.' }, '::error title=Sluice%3A terminated::By ann.'],
  ])('of %j', (ended, expected) => {
    const written = annotationOf(ended, undefined);
    expect(expected === '' ? written : written.slice(0, expected.length)).toBe(expected);
  });
});

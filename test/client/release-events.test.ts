import { deriveEvents } from '../../client/release-events';
import type { ReleaseSnapshot } from '../../client/release-events';
import { deployment, gate, phase, release, snapshot } from './samples';

interface Case {
  before?: ReleaseSnapshot;
  now: ReleaseSnapshot;
  events: object[];
}

const waiting = { environment: 'production', minimum: 2, approvedBy: ['ann'], expiresAt: 900_000, changes: [] };

describe('deriveEvents', () => {
  it.each<[string, Case]>([
    [
      'tells all that happened already when it looks for the first time',
      {
        now: snapshot({
          at: 9_000,
          release: release({
            phases: [
              phase('admit', { state: 'done', detail: 'planned', startedAt: 1_000, endedAt: 1_500 }),
              phase('gates', { startedAt: 1_500 }),
            ],
            gates: [
              gate('tests', { state: 'passed', cause: 'fine', startedAt: 1_600, durationMs: 900 }),
              gate('lint', { state: 'waiting' }),
            ],
          }),
        }),
        events: [
          { kind: 'phase', phase: 'admit', state: 'done', detail: 'planned', at: 1_500, durationMs: 500 },
          { kind: 'phase', phase: 'gates', state: 'running', detail: '', at: 1_500 },
          { kind: 'gate', gate: 'tests', state: 'passed', cause: 'fine', at: 2_500, durationMs: 900 },
        ],
      },
    ],
    [
      'says nothing when nothing changed',
      {
        before: snapshot({
          release: release({ phases: [phase('gates')], gates: [gate('tests')], waitingForApproval: waiting }),
        }),
        now: snapshot({
          at: 2,
          release: release({ phases: [phase('gates')], gates: [gate('tests')], waitingForApproval: waiting }),
        }),
        events: [],
      },
    ],
    [
      'tells the new detail of a running phase as progress',
      {
        before: snapshot({
          release: release({ phases: [phase('turn', { environment: 'production', detail: '2nd in the queue' })] }),
        }),
        now: snapshot({
          at: 70,
          release: release({ phases: [phase('turn', { environment: 'production', detail: 'next' })] }),
        }),
        events: [{ kind: 'progress', phase: 'turn', environment: 'production', text: 'next', at: 70 }],
      },
    ],
    [
      'takes the same phase for another one when it begins again',
      {
        before: snapshot({
          release: release({ phases: [phase('approval', { state: 'done', startedAt: 5, endedAt: 6 })] }),
        }),
        now: snapshot({ at: 9, release: release({ phases: [phase('approval', { state: 'running', startedAt: 8 })] }) }),
        events: [{ kind: 'phase', phase: 'approval', state: 'running', detail: '', at: 8 }],
      },
    ],
    [
      'tells each change of a gate once',
      {
        before: snapshot({
          release: release({
            gates: [gate('tests', { state: 'running', startedAt: 10 }), gate('lint', { state: 'waiting' })],
          }),
        }),
        now: snapshot({
          at: 500,
          release: release({
            gates: [
              gate('tests', { state: 'failed', cause: '3 tests failed', startedAt: 10, durationMs: 400 }),
              gate('lint', { state: 'stopped' }),
            ],
          }),
        }),
        events: [
          { kind: 'gate', gate: 'tests', state: 'failed', cause: '3 tests failed', at: 410, durationMs: 400 },
          { kind: 'gate', gate: 'lint', state: 'stopped', cause: '', at: 500 },
        ],
      },
    ],
    [
      "puts the deployment's phases under its environment",
      {
        before: snapshot({}),
        now: snapshot({ at: 50, deployment: deployment({ phases: [phase('stable', { startedAt: 40 })] }) }),
        events: [{ kind: 'phase', phase: 'stable', environment: 'production', state: 'running', detail: '', at: 40 }],
      },
    ],
    [
      'does not repeat a phase that the release takes over from its deployment',
      {
        before: snapshot({
          deployment: deployment({ phases: [phase('stable', { state: 'done', startedAt: 40, endedAt: 45 })] }),
        }),
        now: snapshot({
          at: 50,
          release: release({
            phases: [phase('stable', { environment: 'production', state: 'done', startedAt: 40, endedAt: 45 })],
          }),
          deployment: deployment({ phases: [phase('stable', { state: 'done', startedAt: 40, endedAt: 45 })] }),
        }),
        events: [],
      },
    ],
    [
      'tells what an activity says when it says something new, under the phase that runs',
      {
        before: snapshot({
          release: release({ phases: [phase('image')] }),
          activities: [
            { id: '1', text: 'layer 1' },
            { id: '2', text: 'same' },
          ],
        }),
        now: snapshot({
          at: 60,
          release: release({ phases: [phase('image')] }),
          activities: [
            { id: '1', text: 'layer 2' },
            { id: '2', text: 'same' },
            { id: '3', text: '' },
          ],
        }),
        events: [{ kind: 'progress', phase: 'image', text: 'layer 2', at: 60 }],
      },
    ],
    [
      'tells that people are waited for, and each who decided',
      {
        before: snapshot({ release: release({ waitingForApproval: { ...waiting, approvedBy: [] } }) }),
        now: snapshot({ at: 80, release: release({ waitingForApproval: waiting }) }),
        events: [{ kind: 'approval', at: 80, ...waiting }],
      },
    ],
    [
      'orders by time, not by kind',
      {
        before: snapshot({}),
        now: snapshot({
          at: 100,
          release: release({
            phases: [phase('gates', { state: 'done', startedAt: 1, endedAt: 30 })],
            gates: [gate('tests', { state: 'passed', startedAt: 1, durationMs: 20 })],
          }),
        }),
        events: [
          { kind: 'gate', gate: 'tests', state: 'passed', cause: '', at: 21, durationMs: 20 },
          { kind: 'phase', phase: 'gates', state: 'done', detail: '', at: 30, durationMs: 29 },
        ],
      },
    ],
  ])('%s', (_, { before, now, events }) => {
    expect(deriveEvents(before, now)).toEqual(events);
  });
});

import { generateKeyPairSync } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { verifyDecision } from '../../activities/approvals/decision-signature';
import { decisionSigner } from '../../client/gateway/decision-key';
import { TypedError } from '../../model/failures';
import { NOTHING_BETWEEN } from '../../model/approval/between';
import type { DecisionStatement } from '../../model/approval/statement';
import type { Approval, WaitingForApproval } from '../../model/messages';
import type { ApprovalRule, ReleaseRequest } from '../../model/plan';
import { anotherCommit, freshRequest, outcomeOf, statusOf } from '../helpers/releases';
import { environmentSpec, plan } from '../helpers/requests';
import { replayAll } from '../helpers/temporal';
import { waitFor } from '../helpers/wait-for';
import { workflowBench } from '../helpers/workflow-bench';

const bench = workflowBench();
const signer = decisionSigner(
  Buffer.from(generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' })),
);

const RULE: ApprovalRule = { minimum: 1, expiresMs: 60_000 };
const NAMED: ApprovalRule = { ...RULE, approvers: ['github:alice', 'github:bob'] };
const SIGNED: ApprovalRule = { ...NAMED, unverified: 'refused' };

/** A world in which production is approved by this rule, and one gateway is known. */
function ruledBy(approval: ApprovalRule): void {
  bench.world.on({
    admit: async ({ commit, project }) => plan({ commit, project, environments: [environmentSpec({ approval })] }),
    verifyDecision: async (input) => verifyDecision([signer.publicKey], input),
  });
}

const start = (request: ReleaseRequest = freshRequest()): Promise<WorkflowHandle> => bench.start(request);
const asked = (handle: WorkflowHandle): Promise<WaitingForApproval> =>
  waitFor('the release to ask', async () => (await statusOf(handle)).waitingForApproval);
const say = (handle: WorkflowHandle, what: 'approve' | 'reject', message: Approval): Promise<unknown> =>
  handle.executeUpdate(what, { args: [message] });
const refusal = async (sent: Promise<unknown>): Promise<unknown> =>
  sent.then(
    () => 'it was taken',
    (error: unknown) => (error as { cause?: { message?: string } }).cause?.message,
  );

/** What a gateway sends that saw this release as it stands now. */
async function signedBy(
  by: string,
  handle: WorkflowHandle,
  change: Partial<DecisionStatement> = {},
): Promise<Approval> {
  const { commit, digest, planHash, waitingForApproval } = await statusOf(handle);
  const { environment, requestId, fingerprints } = waitingForApproval!;
  const { runId } = await handle.describe();
  const at = Date.now();
  const statement: DecisionStatement = {
    release: handle.workflowId,
    run: runId,
    environment,
    request: requestId!,
    commit,
    digest: digest!,
    planHash: planHash!,
    fingerprints: fingerprints!,
    decision: 'approve',
    by,
    comment: null,
    at,
    through: 'run 1',
    ...change,
  };
  return { by, environment, proof: { at, through: 'run 1', signature: signer.sign(statement) } };
}

const standings = async (handle: WorkflowHandle): Promise<string[]> =>
  ((await statusOf(handle)).waitingForApproval?.decisions ?? []).map(
    ({ by, standing, remark }) => `${by} ${standing}${remark === undefined ? '' : `: ${remark}`}`,
  );

describe('whoever decides', () => {
  it('is told in one sentence why a decision does not count', async () => {
    ruledBy({ ...SIGNED, comment: 'required' });
    bench.world.on({
      changesBetween: async () => ({ ...NOTHING_BETWEEN, authors: ['1+alice@users.noreply.github.com'] }),
    });
    const handle = await start(freshRequest({ actor: 'github:carol' }));
    expect((await asked(handle)).missing).toEqual(['1 more of github:bob']);
    expect(await refusal(say(handle, 'approve', { by: 'mallory' }))).toBe(
      'production is decided by github:alice, github:bob, and mallory is not among them',
    );
    expect(await refusal(say(handle, 'approve', { by: 'github:alice' }))).toBe(
      'nobody approves their own work in production, and github:alice is an author of a commit between what runs and this one',
    );
    expect(await refusal(say(handle, 'approve', { by: 'github:bob' }))).toBe(
      'production takes decisions that a gateway signed and no others: this one is unverified; decide through the gateway',
    );
    expect(await refusal(say(handle, 'approve', await signedBy('github:bob', handle)))).toBe(
      'production asks for a comment with each decision',
    );
    await say(handle, 'reject', {
      ...(await signedBy('github:bob', handle, { decision: 'reject', comment: 'no' })),
      comment: 'no',
    });
    expect(await outcomeOf(handle)).toMatchObject({
      outcome: 'not-approved',
      cause: 'production: rejected by github:bob: no',
    });
  });

  it('by a signal that does not count changes nothing, and is shown with the reason', async () => {
    ruledBy(NAMED);
    const handle = await start();
    await asked(handle);
    await handle.signal('reject', { by: 'mallory' });
    await handle.signal('approve', { by: 'mallory' });
    await waitFor('both to be shown', async () => (await standings(handle)).length === 2);
    expect(new Set(await standings(handle))).toEqual(
      new Set(['mallory unverified: production is decided by github:alice, github:bob, and mallory is not among them']),
    );
    await handle.signal('approve', { by: 'github:alice' });
    expect((await outcomeOf(handle)).outcome).toBe('released');
    expect((await statusOf(handle)).phases.find(({ phase }) => phase === 'approval')?.detail).toBe(
      'approved by github:alice (unverified)',
    );
  });

  it('must be one of each group, and sees who is missing', async () => {
    const groups = { devs: ['github:alice', 'github:bob'], security: ['github:dave'] };
    ruledBy({ ...RULE, groups, oneOfEach: ['devs', 'security'] });
    const handle = await start();
    await asked(handle);
    await say(handle, 'approve', { by: 'github:alice' });
    await say(handle, 'approve', { by: 'github:bob' });
    expect(await asked(handle)).toMatchObject({ minimum: 2, missing: ['one of security (github:dave)'] });
    await say(handle, 'approve', { by: 'github:dave' });
    expect((await outcomeOf(handle)).outcome).toBe('released');
  });

  it('is not waited for where nobody is left', async () => {
    ruledBy({ ...RULE, approvers: ['github:alice'] });
    expect(await outcomeOf(await start(freshRequest({ actor: 'github:alice' })))).toMatchObject({
      outcome: 'not-approved',
      cause:
        'production: nobody is left who could approve: github:alice triggered this release, and nobody approves their own work',
    });
  });

  it('too late ends as the rule says', async () => {
    ruledBy({ ...NAMED, expiresMs: 300, whenExpired: 'aborted' });
    expect(await outcomeOf(await start())).toMatchObject({
      outcome: 'aborted',
      cause: expect.stringMatching(
        /^production: approval expired at .*; missing: 1 more of github:alice, github:bob$/,
      ) as string,
    });
  });
});

describe('a signature', () => {
  it('of a gateway that the policy knows makes a decision verified', async () => {
    ruledBy(SIGNED);
    const handle = await start();
    await asked(handle);
    await say(handle, 'approve', await signedBy('github:alice', handle));
    expect((await outcomeOf(handle)).outcome).toBe('released');
    expect((await statusOf(handle)).phases.find(({ phase }) => phase === 'approval')?.detail).toBe(
      'approved by github:alice',
    );
  });

  it.each<[string, Partial<DecisionStatement>]>([
    ['for another release', { release: 'release:shop:other' }],
    ['for an earlier run', { run: 'earlier' }],
    ['for another environment', { environment: 'staging' }],
    ['of somebody else', { by: 'github:bob' }],
    ['over another change', { fingerprints: { api: 'other' } }],
  ])('%s does not count, and says so; the real one does', async (_what, change) => {
    ruledBy(SIGNED);
    const handle = await start();
    await asked(handle);
    await say(handle, 'approve', await signedBy('github:alice', handle, change));
    const shown = await waitFor('the verdict', async () => {
      const [first] = await standings(handle);
      return first?.includes('unverified') && first;
    });
    expect(shown).toContain('its signature is not that of a known gateway for this very approval');
    await say(handle, 'approve', await signedBy('github:alice', handle));
    expect((await outcomeOf(handle)).outcome).toBe('released');
  });

  it('of the first question does not answer the second one, which is asked because what would change has changed', async () => {
    ruledBy(SIGNED);
    let previews = 0;
    // Before approval, at the turn (changed), before the second approval, at the second turn.
    bench.world.on({ previewRevision: async () => ({ fingerprint: ++previews < 2 ? 'one' : 'two', changes: [] }) });
    const handle = await start();
    const first = (await asked(handle)).requestId;
    const message = await signedBy('github:alice', handle);
    await say(handle, 'approve', message);
    await waitFor('the second question', async () => {
      const second = (await statusOf(handle)).waitingForApproval?.requestId;
      return second !== undefined && second !== first;
    });
    await say(handle, 'approve', message);
    await waitFor('the verdict', async () => (await standings(handle))[0]?.includes('unverified'));
    expect(bench.world.count('updateService')).toBe(0);
    await say(handle, 'approve', await signedBy('github:alice', handle));
    expect((await outcomeOf(handle)).outcome).toBe('released');
  });

  it('that is forged counts as typed by hand where that is recorded, and no more', async () => {
    ruledBy({ ...NAMED, minimum: 2 });
    const handle = await start();
    await asked(handle);
    await say(handle, 'approve', { by: 'github:alice', proof: { at: 1, through: 'me', signature: 'forged' } });
    await waitFor('the verdict', async () =>
      (await standings(handle))[0]?.startsWith('github:alice unverified: its signature'),
    );
    await say(handle, 'approve', await signedBy('github:bob', handle));
    expect((await outcomeOf(handle)).outcome).toBe('released');
    expect((await statusOf(handle)).phases.find(({ phase }) => phase === 'approval')?.detail).toBe(
      'approved by github:alice (unverified), github:bob',
    );
  });

  it('costs no more events than the budget has, with the approval itself', async () => {
    ruledBy(SIGNED);
    // Other tests ask again twice a second.
    const handle = await start(freshRequest({ askAgainMs: 60_000 }));
    await asked(handle);
    await say(handle, 'approve', await signedBy('github:alice', handle));
    await outcomeOf(handle);
    expect((await handle.describe()).historyLength).toBeLessThanOrEqual(60 + 2 * 7 + 25);
  });
});

describe('what the approver sees', () => {
  it('is what runs, what would, what lies between, the gates and their settings; in the Temporal UI, too', async () => {
    ruledBy(RULE);
    const running = 'f'.repeat(40);
    const inputs: unknown[] = [];
    bench.world.on({
      captureBaseline: async () => ({
        kind: 'baseline',
        baseline: { service: 'api', taskDefinitionArn: 'arn:td/shop:7', digests: {}, desiredCount: 2, commit: running },
      }),
      changesBetween: async (input) => {
        inputs.push(input);
        return {
          ...NOTHING_BETWEEN,
          forward: 2,
          commits: ['aaaaaaaaaaaa Mend [the](javascript:x) till | <b>now</b> (Ann)'],
          gateSettings: ['.trivyignore changed'],
        };
      },
    });
    const request = freshRequest();
    const handle = await start(request);
    expect(await asked(handle)).toMatchObject({
      changes: ['api: image: 0 -> 1'],
      picture: {
        runs: ['api: ffffffffffff, shop:7'],
        wouldRun: `${request.commit.slice(0, 12)} as sha256:1`,
        forward: 2,
        back: 0,
        gates: 'tests passed (fine), secrets passed (fine)',
        gateSettings: ['.trivyignore changed'],
      },
    });
    // Nobody's own work is refused here, so nobody's address is asked for.
    expect(inputs).toEqual([
      {
        repository: '/repositories/shop',
        commit: request.commit,
        running: [running],
        unknownRuns: false,
        authors: false,
      },
    ]);
    const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(currentDetails).toContain('- runs now: api: ffffffffffff, shop:7');
    expect(currentDetails).toContain('- GATE SETTINGS CHANGED: .trivyignore changed');
    expect(currentDetails).toContain('Mend \\[the\\]\\(javascript:x\\) till \\| \\<b\\>now\\</b\\> \\(Ann\\)');
    await handle.signal('abort', { by: 'ann' });
    expect((await outcomeOf(handle)).outcome).toBe('aborted');
    const after = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(after.currentDetails).not.toContain('runs now');
  });

  it('says what could not be read, where nobody’s own work depends on it', async () => {
    ruledBy(RULE);
    bench.world.on({ changesBetween: () => Promise.reject(gone()) });
    const handle = await start();
    expect((await asked(handle)).picture?.unknown).toEqual([
      expect.stringMatching(/^the commits in between could not be read: the repository is gone/),
    ]);
    await say(handle, 'approve', { by: 'ann' });
    expect((await outcomeOf(handle)).outcome).toBe('released');
  });

  it('is not asked at all where own work could not be told', async () => {
    ruledBy(NAMED);
    bench.world.on({ changesBetween: () => Promise.reject(gone()) });
    expect(await outcomeOf(await start())).toMatchObject({
      outcome: 'refused',
      cause: expect.stringContaining(
        'what would change in production could not be worked out: the repository is gone',
      ) as string,
    });
  });
});

describe('a newer commit', () => {
  it('that runs already ends it before anybody is asked', async () => {
    ruledBy(RULE);
    const running = 'e'.repeat(40);
    bench.world.on({ changesBetween: async () => ({ ...NOTHING_BETWEEN, back: 1, newer: running }) });
    const request = freshRequest();
    expect(await outcomeOf(await start(request))).toMatchObject({
      outcome: 'superseded',
      cause: expect.stringContaining(
        `production already runs eeeeeeeeeeee, which descends from ${request.commit.slice(0, 12)}`,
      ) as string,
    });
    const goingBack = await start(freshRequest({ allowOlder: 'the new one is broken' }));
    await asked(goingBack);
    await say(goingBack, 'approve', { by: 'ann' });
    expect((await outcomeOf(goingBack)).outcome).toBe('released');
  });

  it.each(['released', 'asked'] as const)('that was %s ends it, and it says which', async (what) => {
    ruledBy(RULE);
    bench.world.on({ compareCommits: async () => ({ newer: true }) });
    const request = freshRequest();
    const newer = anotherCommit(request).commit;
    const handle = await start(request);
    await asked(handle);
    await handle.signal('newerCommit', {
      environment: 'production',
      commit: newer,
      releaseId: 'release:shop:newer',
      what,
    });
    const verb = what === 'released' ? 'was released to' : 'asks for';
    expect(await outcomeOf(handle)).toMatchObject({
      outcome: 'superseded',
      cause: `${newer.slice(0, 12)}, which descends from ${request.commit.slice(0, 12)}, ${verb} production (release:shop:newer)`,
    });
  });

  it('that is none, or is for another environment, or is nonsense, changes nothing', async () => {
    ruledBy(RULE);
    const request = freshRequest();
    const other = anotherCommit(request).commit;
    const handle = await start(request);
    await asked(handle);
    const told = { environment: 'production', commit: other, releaseId: 'release:shop:other', what: 'released' };
    // Not a descendant, as the fake answers.
    await handle.signal('newerCommit', told);
    await waitFor('the comparison', () => bench.world.count('compareCommits') === 1);
    bench.world.on({ compareCommits: async () => ({ newer: true }) });
    for (const nonsense of [
      'newer',
      null,
      { ...told, environment: 'staging' },
      { ...told, commit: 'main' },
      { ...told, commit: request.commit },
      { ...told, what: 'thought of' },
      { ...told, releaseId: 7 },
    ]) {
      await handle.signal('newerCommit', nonsense);
    }
    await say(handle, 'approve', { by: 'ann' });
    expect((await outcomeOf(handle)).outcome).toBe('released');
  });

  it('does not end one that goes back on purpose', async () => {
    ruledBy(RULE);
    bench.world.on({ compareCommits: async () => ({ newer: true }) });
    const request = freshRequest({ allowOlder: 'the new one is broken' });
    const handle = await start(request);
    await asked(handle);
    const told = { environment: 'production', commit: 'e'.repeat(40), releaseId: 'release:shop:e', what: 'released' };
    await handle.signal('newerCommit', told);
    await say(handle, 'approve', { by: 'ann' });
    expect((await outcomeOf(handle)).outcome).toBe('released');
  });
});

it('every history of this file replays', async () => {
  await replayAll(bench.server.client);
});

function gone(): Error {
  return new TypedError('SourceMissing', 'the repository is gone');
}

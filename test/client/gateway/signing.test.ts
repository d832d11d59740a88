import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import type { GatewayOptions } from '../../../client/gateway/gateway';
import { decisionSigner } from '../../../client/gateway/decision-key';
import { statementText } from '../../../model/approval/statement';
import type { Approval, WaitingForApproval } from '../../../model/messages';
import type { Bench } from './stage/bench';
import { startBench } from './stage/bench';
import { policy, POLICY_TEXT } from './stage/policy';
import type { Claims } from './stage/tokens';
import { COMMIT } from './stage/tokens';

const RELEASE_ID = `release:shop:${COMMIT}`;
const { privateKey } = generateKeyPairSync('ed25519');
const signer = decisionSigner(Buffer.from(privateKey.export({ format: 'pem', type: 'pkcs8' })));
const KNOWN = policy(`gateway-keys: ['${signer.publicKey}']\n${POLICY_TEXT}`);
const WAITING: WaitingForApproval = {
  environment: 'production',
  minimum: 1,
  approvedBy: [],
  expiresAt: 0,
  changes: [],
  requestId: 'run-1/production',
  fingerprints: { api: 'one' },
};

let bench: Bench;
async function open(more: Partial<GatewayOptions> = {}, waiting: Partial<WaitingForApproval> = {}): Promise<void> {
  bench = await startBench({ signer, policy: { current: () => KNOWN, reload: () => Promise.resolve() }, ...more });
  bench.world.status = {
    ...bench.world.status,
    commit: COMMIT,
    digest: 'sha256:1',
    planHash: 'plan',
    waitingForApproval: { ...WAITING, ...waiting },
  };
}
afterEach(() => bench.close());

const decide = async (verb: string, body: object = {}, claims: Claims = {}) =>
  bench.post(`/v1/releases/${RELEASE_ID}/${verb}`, await bench.push({ actor: 'ann', ...claims }), body);
const notes = (): string[] => bench.records.flatMap((one) => (one.kind === 'note' ? [one.text] : []));

it.each(['approve', 'reject'] as const)('%s is signed, over all that it is about', async (verb) => {
  await open();
  const before = Date.now();
  expect((await decide(verb, { comment: 'seen' })).status).toBe(200);
  const [[sent, ref, message]] = bench.world.writes as [[string, unknown, Approval]];
  expect(sent).toBe(verb);
  expect(ref).toEqual({ workflowId: RELEASE_ID, runId: bench.world.runId });
  const { proof, ...rest } = message;
  expect(rest).toEqual({ by: 'github:ann', environment: 'production', comment: 'seen' });
  expect(proof).toMatchObject({ through: 'run 9000, attempt 1, of acme/shop' });
  expect(proof!.at).toBeGreaterThanOrEqual(before);

  const text = statementText({
    release: RELEASE_ID,
    run: bench.world.runId,
    environment: 'production',
    request: 'run-1/production',
    commit: COMMIT,
    digest: 'sha256:1',
    planHash: 'plan',
    fingerprints: { api: 'one' },
    decision: verb,
    by: 'github:ann',
    comment: 'seen',
    at: proof!.at,
    through: proof!.through,
  });
  const key = createPublicKey({ key: Buffer.from(signer.publicKey, 'base64'), format: 'der', type: 'spki' });
  const isGood = (over: string): boolean =>
    verify(null, Buffer.from(over), key, Buffer.from(proof!.signature, 'base64url'));
  expect(isGood(text)).toBe(true);
  expect(isGood(text.replace('github:ann', 'github:bob'))).toBe(false);
});

it('a comment is the caller’s own, or there is none', async () => {
  await open();
  await decide('approve');
  expect(bench.world.writes[0]?.[2]).not.toHaveProperty('comment');
});

it('an environment that asks for comments gets no decision without one', async () => {
  await open({}, { comment: 'required' });
  expect(await decide('approve')).toMatchObject({
    status: 409,
    error: { message: 'production asks for a comment with each decision.' },
  });
  expect((await decide('approve', { comment: 'seen' })).status).toBe(200);
  expect(bench.world.writes).toHaveLength(1);
});

it.each<[string, Claims, RegExp]>([
  ['a job that was run again, perhaps by somebody else', { run_attempt: '2' }, /run again/],
  ['a schedule', { event_name: 'schedule' }, /schedule/],
])('%s decides nothing', async (_what, claims, sentence) => {
  await open({ policy: { current: () => withSchedule(), reload: () => Promise.resolve() } });
  for (const verb of ['approve', 'reject']) {
    const { status, error } = await decide(verb, {}, claims);
    expect({ status, sentence: error?.message }).toEqual({
      status: 403,
      sentence: expect.stringMatching(sentence) as string,
    });
  }
  expect(bench.world.writes).toEqual([]);
  // To stop what goes wrong is no decision that somebody else could have made.
  expect((await decide('abort', {}, claims)).status).toBe(200);
});

it('an older release, which does not tell what it asks about, gets the gateway’s word in the comment', async () => {
  await open();
  const { requestId: _gone, ...older } = WAITING;
  bench.world.status = { ...bench.world.status, waitingForApproval: older };
  await decide('approve');
  expect(bench.world.writes[0]?.[2]).toEqual({
    by: 'github:ann',
    environment: 'production',
    comment: 'verified by the gateway: run 9000, attempt 1, of acme/shop',
  });
});

describe('a gateway whose decisions would not be believed says so when it starts', () => {
  it('where the policy does not know its key', async () => {
    await open({ policy: { current: () => policy(), reload: () => Promise.resolve() } });
    expect(notes()).toEqual([expect.stringContaining(`add ${signer.publicKey} to \`gateway-keys\``)]);
  });

  it('where the policy knows keys and it has none', async () => {
    bench = await startBench({ policy: { current: () => KNOWN, reload: () => Promise.resolve() } });
    expect(notes()).toEqual([expect.stringContaining('this one has none')]);
  });

  it('and nothing where all is well', async () => {
    await open();
    expect(notes()).toEqual([]);
  });
});

function withSchedule() {
  return policy(
    `gateway-keys: ['${signer.publicKey}']\n${POLICY_TEXT.replace('image: { repository: shop }', 'image: { repository: shop }\n    events: [push, schedule]')}`,
  );
}

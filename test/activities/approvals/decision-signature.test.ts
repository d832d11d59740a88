import { generateKeyPairSync } from 'node:crypto';
import { verifyDecision } from '../../../activities/approvals/decision-signature';
import { decisionSigner } from '../../../client/gateway/decision-key';
import type { DecisionStatement } from '../../../model/approval/statement';

const signer = decisionSigner(pemOf('ed25519'));
const other = decisionSigner(pemOf('ed25519'));
const KEYS = [other.publicKey, signer.publicKey];

const statement: DecisionStatement = {
  release: `release:shop:${'a'.repeat(40)}`,
  run: 'run-1',
  environment: 'production',
  request: 'run-1/production',
  commit: 'a'.repeat(40),
  digest: 'sha256:1',
  planHash: 'plan',
  fingerprints: { api: 'one' },
  decision: 'approve',
  by: 'github:ann',
  comment: 'seen',
  at: 1_790_000_000_000,
  through: 'run 9000, attempt 1, of acme/shop',
};
const signature = signer.sign(statement);

function pemOf(kind: 'ed25519' | 'x25519' | 'rsa'): Buffer {
  const { privateKey } =
    kind === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync(kind as 'ed25519');
  return Buffer.from(privateKey.export({ format: 'pem', type: 'pkcs8' }));
}

it('is good with any of the known keys, for exactly what was signed', () => {
  expect(verifyDecision(KEYS, { statement, signature })).toEqual({ verified: true });
});

it.each<[string, Partial<DecisionStatement>]>([
  ['another release', { release: `release:shop:${'b'.repeat(40)}` }],
  ['another run of the same release', { run: 'run-2' }],
  ['another environment', { environment: 'staging' }],
  ['another round of approval', { request: 'run-1/production/1' }],
  ['another commit', { commit: 'b'.repeat(40) }],
  ['another image', { digest: 'sha256:2' }],
  ['another plan', { planHash: 'other' }],
  ['another task definition or baseline', { fingerprints: { api: 'two' } }],
  ['one service more', { fingerprints: { api: 'one', web: 'two' } }],
  ['the opposite', { decision: 'reject' }],
  ['somebody else', { by: 'github:bob' }],
  ['another comment', { comment: 'not seen' }],
  ['no comment', { comment: null }],
  ['another time', { at: 1 }],
  ['another run of GitHub', { through: 'run 9001, attempt 1, of acme/shop' }],
])('says nothing about %s', (_what, change) => {
  expect(verifyDecision(KEYS, { statement: { ...statement, ...change }, signature })).toMatchObject({
    verified: false,
    doubt: expect.stringContaining('forged, or was made for another one') as string,
  });
});

it.each<[string, string[], string, RegExp]>([
  ['by a key that the policy does not know', [other.publicKey], signature, /not that of a known gateway/],
  ['that is none', KEYS, '', /not that of a known gateway/],
  ['that is nonsense', KEYS, '***', /not that of a known gateway/],
  ['that was cut', KEYS, signature.slice(0, -4), /not that of a known gateway/],
  ['where no key is known', [], signature, /know no gateway/],
  ['where a key is nonsense', ['AAAA'], signature, /not that of a known gateway/],
])('a signature %s is not believed', (_what, keys, given, doubt) => {
  expect(verifyDecision(keys, { statement, signature: given })).toMatchObject({
    verified: false,
    doubt: expect.stringMatching(doubt) as string,
  });
});

it.each(['rsa', 'x25519'] as const)('a key of %s signs no decisions', (kind) => {
  expect(() => decisionSigner(pemOf(kind))).toThrow(/not of ed25519/);
});

it('nor does what is no key', () => {
  expect(() => decisionSigner(Buffer.from('key'))).toThrow('it is not a private key in PEM without a passphrase');
});

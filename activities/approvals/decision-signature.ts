import { createPublicKey, verify } from 'node:crypto';
import type { DecisionStatement } from '../../model/approval/statement';
import { statementText } from '../../model/approval/statement';

export type SignatureVerdict = { verified: true } | { verified: false; doubt: string };

/** Whether one of these keys (Ed25519, base64 of SubjectPublicKeyInfo in DER) signed exactly this statement. Never throws. */
export function verifyDecision(
  keys: readonly string[],
  { statement, signature }: { statement: DecisionStatement; signature: string },
): SignatureVerdict {
  if (keys.length === 0)
    return { verified: false, doubt: 'these workers know no gateway (`gateway-keys` of policy.yml)' };
  const text = Buffer.from(statementText(statement));
  const given = Buffer.from(signature, 'base64url');
  if (keys.some((key) => isGood(key, text, given))) return { verified: true };
  return {
    verified: false,
    doubt:
      'its signature is not that of a known gateway for this very approval: it is forged, or was made for another one',
  };
}

function isGood(key: string, text: Buffer, signature: Buffer): boolean {
  try {
    const publicKey = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' });
    return publicKey.asymmetricKeyType === 'ed25519' && verify(null, text, publicKey, signature);
  } catch {
    return false;
  }
}

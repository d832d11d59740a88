import type { KeyObject } from 'node:crypto';
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { DecisionStatement } from '../../model/approval/statement';
import type { Policy } from '../../model/policy/policy';
import { statementText } from '../../model/approval/statement';

/** Signs decisions, so that workers can tell the gateway's word from anybody else's. */
export interface DecisionSigner {
  /** As `gateway-keys` of policy.yml has it. */
  publicKey: string;
  /** Base64url. */
  sign(statement: DecisionStatement): string;
}

/** A signer out of a private key in PEM. Throws an Error with one sentence where it is not one of Ed25519 without a passphrase. */
export function decisionSigner(pem: Uint8Array): DecisionSigner {
  const key = privateKey(Buffer.from(pem));
  return {
    publicKey: createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64'),
    sign: (statement) => sign(null, Buffer.from(statementText(statement)), key).toString('base64url'),
  };
}

/** Why workers with this policy would take decisions of this gateway for unverified; undefined where they would not. */
export function whyNotBelieved(signer: DecisionSigner | undefined, { gatewayKeys = [] }: Policy): string | undefined {
  if (signer === undefined) {
    return gatewayKeys.length === 0
      ? undefined
      : 'The policy names keys of gateways, and this one has none: decisions through it count as unverified (--decision-key).';
  }
  if (gatewayKeys.includes(signer.publicKey)) return undefined;
  return `The policy does not know this gateway's key, so decisions through it count as unverified: add ${signer.publicKey} to \`gateway-keys\`.`;
}

function privateKey(pem: Buffer): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (error) {
    throw new Error('it is not a private key in PEM without a passphrase', { cause: error });
  }
  if (key.asymmetricKeyType !== 'ed25519')
    throw new Error(`it is of ${key.asymmetricKeyType ?? 'an unknown kind'}, not of ed25519`);
  return key;
}

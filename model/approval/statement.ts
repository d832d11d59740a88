import type { Json } from '../json';
import { canonicalJson } from '../json';

/**
 * Everything that one decision is about, and so all that a gateway signs: a signature of one release, run, environment,
 * round or content says nothing about another.
 */
export interface DecisionStatement {
  /** Workflow id and run id of the release. */
  release: string;
  run: string;
  environment: string;
  /** The round of approval: another one for each time that people are asked. */
  request: string;
  commit: string;
  digest: string;
  planHash: string;
  /** Service name to what would be registered there, and on what it would stand. */
  fingerprints: Record<string, string>;
  decision: 'approve' | 'reject';
  by: string;
  comment: string | null;
  /** Milliseconds since the epoch, by the gateway's clock. */
  at: number;
  /** What GitHub's token was of, for people. */
  through: string;
}

/** The bytes that are signed (Ed25519), as text: the same for the same statement. Not the text of anything else that is signed. */
export function statementText(statement: DecisionStatement): string {
  return `sluice decision 1\n${canonicalJson({ ...statement } satisfies Json)}`;
}

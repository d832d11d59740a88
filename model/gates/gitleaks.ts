import { flag, matching } from '../config/fields';
import { gateKind } from './kind';

export interface GitleaksSettings {
  kind: 'gitleaks';
  /** Whether commits are looked through as well as the files: what was removed again can still be read there. */
  history: boolean;
  /** Full id of a commit: it and those before it are not looked through. */
  since?: string;
}

/** gitleaks on the worker's PATH, with rules of its own. */
export const gitleaks = gateKind({
  name: 'gitleaks',
  words: 'the scanner gitleaks',
  keys: {
    history: flag()
      .optional()
      .meta({ default: true })
      .describe('For gitleaks: whether the commits that led here are looked through too.'),
    since: matching(/^[0-9a-f]{40}$/, 'the full id of a commit, of 40 hexadecimal digits')
      .optional()
      .describe('For gitleaks: the last commit whose history is not looked through again.'),
  },
  check({ history, since }, say) {
    if (history === false && since !== undefined) say('`since` says nothing without the history; remove it', ['since']);
  },
  settings: ({ history = true, since }): GitleaksSettings => ({
    kind: 'gitleaks',
    history,
    ...(since !== undefined && { since }),
  }),
  required: {
    history: flag()
      .optional()
      .meta({ default: true })
      .describe('For gitleaks: whether the history must be looked through.'),
    since: matching(/^[0-9a-f]{40}$/, 'the full id of a commit, of 40 hexadecimal digits')
      .optional()
      .describe('For gitleaks: the only commit that `since` may name; without it none.'),
  },
  whyLess(required, { name, history, since }) {
    if (required.history === false) return undefined;
    if (!history) return `does not look through the history in the gate ${name}, and the policy requires it`;
    if (since === undefined || since === required.since) return undefined;
    return `leaves out the history up to ${since} in the gate ${name}, which the policy does not allow`;
  },
});

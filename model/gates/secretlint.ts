import { gateKind } from './kind';

/** The scanner that Sluice brings along; it has no settings. */
export const secretlint = gateKind({
  name: 'secretlint',
  words: 'the scanner secretlint',
  keys: {},
  check: () => undefined,
  settings: () => ({ kind: 'secretlint' }),
  required: {},
  whyLess: () => undefined,
});

import type { OutcomeName } from '../../model/outcome';

/** A change to the example's own files. */
export interface Edit {
  file: string;
  find: string;
  replace: string;
}

/** One commit of the demo, and how its release must end. */
export interface Chapter {
  subject: string;
  edits: readonly Edit[];
  outcome: OutcomeName;
}

const ROUND = 'Math.round((cents * percent) / 100)';
const FLOOR = 'Math.floor((cents * percent) / 100)';
const VOUCHER = "['BARISTA25', 25],";

/** A good commit, one that its tests catch, and one that only running it shows to be broken. */
export const STORY: readonly Chapter[] = [
  {
    subject: 'Offer a summer voucher',
    edits: [{ file: 'src/cart.js', find: VOUCHER, replace: `${VOUCHER}\n  ['SUMMER15', 15],` }],
    outcome: 'released',
  },
  {
    subject: 'Round discounts down',
    edits: [{ file: 'src/money.js', find: ROUND, replace: FLOOR }],
    outcome: 'gate-failed',
  },
  {
    // No test starts the real server: it runs, but never finds its catalogue, so its health check fails.
    subject: 'Spell the catalogue the American way',
    edits: [
      { file: 'src/money.js', find: FLOOR, replace: ROUND },
      { file: 'server.js', find: "'catalogue.json'", replace: "'catalog.json'" },
    ],
    outcome: 'rolled-back',
  },
];

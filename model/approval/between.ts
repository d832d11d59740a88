/** What lies between what runs and a commit, as Git tells it. */
export interface ChangesBetween {
  /** A commit that runs and descends from this one. */
  newer?: string;
  /** Commits that come. */
  forward: number;
  /** Commits that run now and would be gone. */
  back: number;
  /** The newest of both: commit, subject, author; at most ten lines. */
  commits: string[];
  /** Names of all authors in between, co-authors included; empty where nobody asked. */
  authors: string[];
  /** What could not be found out, in sentences. */
  unknown: string[];
  /** Changes to gates in release.yml, and to files that tell scanners what to leave out. */
  gateSettings: string[];
}

export const NOTHING_BETWEEN: ChangesBetween = {
  forward: 0,
  back: 0,
  commits: [],
  authors: [],
  unknown: [],
  gateSettings: [],
};

export interface CommitBetween {
  commit: string;
  subject: string;
  /** Display name. */
  author: string;
  /** Addresses of the author and of co-authors. */
  emails: string[];
  /** It runs now and would be gone. */
  back: boolean;
}

/** One line about a commit: `1a2b3c4d5e6f Mend the till (Ann)`. */
export function commitLine({ commit, subject, author, back }: CommitBetween): string {
  return shortened(
    `${back ? 'takes back ' : ''}${commit.slice(0, 12)} ${shortened(subject, 100)} (${shortened(author, 60)})`,
  );
}

const LONGEST_LINE = 200;

/** On one line, without control characters, and not longer than this. */
export function shortened(text: string, most = LONGEST_LINE): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}

/** The first lines, and how many there are more. */
export function firstOf(lines: readonly string[], most: number): string[] {
  if (lines.length <= most) return lines.map((line) => shortened(line));
  return [...lines.slice(0, most).map((line) => shortened(line)), `… and ${lines.length - most} more`];
}

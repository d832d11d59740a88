import type { EnvironmentSpec, GateSpec, ImageSpec } from '../plan';

/** What `release.yml` says, with every default filled in. */
export interface ReleaseConfig {
  project: string;
  branch: string;
  gates: GateSpec[];
  /** Absent: the first failure stops the other gates. */
  onGateFailure?: 'run-all';
  /** Its region is empty where neither the file nor an environment in it names one: then a policy does. */
  image: ImageSpec;
  /** Empty where the file leaves them to a policy. */
  environments: EnvironmentSpec[];
}

/** One thing that is wrong in a file, where a reader finds it. */
export interface ConfigProblem {
  file: string;
  /** From 1. */
  line: number;
  /** From 1, in UTF-16 code units, as editors count. */
  column: number;
  /** Dotted path of the value, for example `gates.tests.timeout`; empty for the file as a whole. */
  path: string;
  /** One sentence: what is wrong, what was expected, what to do. */
  message: string;
}

/** `release.yml:4:5: unknown key …`, as compilers say it. */
export function formatProblem({ file, line, column, message }: ConfigProblem): string {
  return `${file}:${line}:${column}: ${message}`;
}

import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface KnownVulnerability {
  VulnerabilityID: string;
  PkgName: string;
  InstalledVersion: string;
  FixedVersion?: string;
  Severity: string;
  Title?: string;
}

export interface TrivyStandIn {
  vulnerabilities?: KnownVulnerability[];
  /** Ends with a fatal error of these words. */
  fails?: string;
  /** Written in place of a report. */
  report?: string;
  /** Ends with it, whatever was found. */
  exitCode?: number;
}

/** Puts a stand-in for `trivy` into `bin`; answers how it was called last. */
export function installTrivy(bin: string, standIn: TrivyStandIn = {}): { called: () => string[] } {
  install(bin, 'trivy');
  writeFileSync(path.join(bin, 'trivy-db.json'), JSON.stringify({ vulnerabilities: [], ...standIn }));
  const calls = path.join(bin, 'trivy-calls.json');
  return { called: () => (existsSync(calls) ? (JSON.parse(readFileSync(calls, 'utf8')) as string[]) : []) };
}

export function installSonarScanner(bin: string): void {
  install(bin, 'sonar-scanner');
}

/** Without its ending, as the real one is called; run as an ES module by the package.json beside it. */
function install(bin: string, name: string): void {
  mkdirSync(bin, { recursive: true });
  const program = path.join(bin, name);
  // Named by its path, since a gate's PATH need not have the Node that runs the tests.
  copyFileSync(path.join(__dirname, `${name}.mjs`), `${program}.mjs`);
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${program}.mjs' "$@"\n`);
  chmodSync(program, 0o755);
}

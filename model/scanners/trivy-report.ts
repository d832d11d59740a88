import type { Severity } from '../gates/trivy';
import { isJsonObject, textOf } from '../json';
import type { Json } from '../json';

/** One thing that Trivy found, as far as a sentence about it goes. */
export interface Vulnerability {
  id: string;
  packageName: string;
  installed: string;
  /** Absent where nobody has mended it yet. */
  fixed?: string;
  severity: string;
  /** The lock file. */
  target: string;
}

export interface TrivyReport {
  /** Lock files with the packages that were looked at in them. */
  looked: { target: string; packages: number }[];
  vulnerabilities: Vulnerability[];
}

/**
 * Reads the JSON that `trivy fs --format json --list-all-pkgs` writes (schema version 2). `Results` and
 * `Vulnerabilities` may be absent or null where there are none. Undefined for anything that is not of that shape: a
 * report that cannot be read as a whole says nothing.
 */
export function parseTrivyReport(text: string): TrivyReport | undefined {
  const report = parseJson(text);
  if (!isJsonObject(report) || report['SchemaVersion'] !== 2) return undefined;
  const results = listOf(report['Results']);
  if (results === undefined) return undefined;
  const read: TrivyReport = { looked: [], vulnerabilities: [] };
  for (const result of results) {
    if (!isJsonObject(result)) return undefined;
    const target = textOf(result['Target']);
    const [packages, vulnerabilities] = [listOf(result['Packages']), listOf(result['Vulnerabilities'])];
    if (target === undefined || packages === undefined || vulnerabilities === undefined) return undefined;
    read.looked.push({ target, packages: packages.length });
    for (const each of vulnerabilities) {
      const found = vulnerability(each, target);
      if (found === undefined) return undefined;
      read.vulnerabilities.push(found);
    }
  }
  return read;
}

/** `VulnerabilityID`, `PkgName`, `InstalledVersion` and `Severity` are always there, by Trivy's documentation. */
function vulnerability(found: Json, target: string): Vulnerability | undefined {
  if (!isJsonObject(found)) return undefined;
  const [id, packageName] = [textOf(found['VulnerabilityID']), textOf(found['PkgName'])];
  const [installed, severity] = [textOf(found['InstalledVersion']), textOf(found['Severity'])];
  if (id === undefined || packageName === undefined || installed === undefined || severity === undefined)
    return undefined;
  const fixed = textOf(found['FixedVersion']) ?? '';
  return { id, packageName, installed, severity, target, ...(fixed !== '' && { fixed }) };
}

/** The most severe first, of those that count. */
export function counting(
  found: readonly Vulnerability[],
  { severity, ignoreUnfixed }: { severity: readonly Severity[]; ignoreUnfixed: boolean },
): Vulnerability[] {
  const order = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];
  const wanted: readonly string[] = severity;
  return found
    .filter((each) => wanted.includes(each.severity) && !(ignoreUnfixed && each.fixed === undefined))
    .sort((one, other) => order.indexOf(one.severity) - order.indexOf(other.severity));
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function listOf(value: Json | undefined): Json[] | undefined {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : undefined;
}

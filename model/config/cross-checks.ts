import { unverifiedRefused } from './approval-schema';
import { findCycle } from './cycle';
import type { CrossProblem } from './read-config';
import type { ReleaseFile } from './schema';
import { nearest } from './suggest';

/** What no single value can show: names that must exist, orders that must end, things that may be claimed only once. */
export function crossChecks(file: ReleaseFile): CrossProblem[] {
  return [
    ...needs(file.gates),
    ...reports(file.gates),
    ...claims(file.environments),
    ...unverifiable(file.environments),
  ];
}

function needs(gates: ReleaseFile['gates']): CrossProblem[] {
  const names = Object.keys(gates);
  const problems: CrossProblem[] = [];
  for (const [name, gate] of Object.entries(gates)) {
    gate.needs.forEach((needed, index) => {
      const path = ['gates', name, 'needs', index];
      if (needed === name) problems.push({ path, message: `gate \`${name}\` needs itself; remove it from \`needs\`` });
      else if (!names.includes(needed)) problems.push({ path, message: unknownGate(name, needed, names) });
    });
  }
  if (problems.length > 0) return problems;
  const cycle = findCycle(new Map(Object.entries(gates).map(([name, gate]) => [name, gate.needs])));
  if (!cycle) return [];
  const message = `these gates wait for one another and would never start: ${cycle.join(' needs ')}; remove one of these \`needs\``;
  return [{ path: ['gates', cycle[0] ?? '', 'needs'], message }];
}

function unknownGate(name: string, needed: string, names: readonly string[]): string {
  const near = nearest(
    needed,
    names.filter((other) => other !== name),
  );
  return `gate \`${name}\` needs \`${needed}\`, which is no gate of this file; ${near === undefined ? 'add it or remove the need' : `did you mean \`${near}\`?`}`;
}

/** Gates share a checkout: with one file for two reports, each gate might judge the other's. */
function reports(gates: ReleaseFile['gates']): CrossProblem[] {
  const owners = new Map<string, string>();
  const problems: CrossProblem[] = [];
  for (const [name, { coverage, junit = [] }] of Object.entries(gates)) {
    const covered = coverage && (coverage.lcov ?? coverage.cobertura ?? coverage['istanbul-summary']);
    const named = junit.map((report) => ({ report, key: 'junit' }));
    for (const { report, key } of covered === undefined ? named : [...named, { report: covered, key: 'coverage' }]) {
      const owner = owners.get(report);
      if (owner !== undefined) {
        const message =
          owner === name
            ? `gate \`${name}\` names \`${report}\` twice; give each report a file of its own`
            : `gates \`${owner}\` and \`${name}\` both write \`${report}\`; give each a report of its own`;
        problems.push({ path: ['gates', name, key], message });
      }
      owners.set(report, name);
    }
  }
  return problems;
}

function claims(environments: ReleaseFile['environments'] = {}): CrossProblem[] {
  const owners = new Map<string, string>();
  const problems: CrossProblem[] = [];
  for (const [name, { region, cluster, services }] of Object.entries(environments)) {
    for (const service of Object.keys(services)) {
      const target = `${region}/${cluster}/${service}`;
      const owner = owners.get(target);
      if (owner !== undefined) {
        const message = `service ${target} belongs to environment \`${owner}\` already; a service has one owner, remove it here`;
        problems.push({ path: ['environments', name, 'services', service], message });
      }
      owners.set(target, name);
    }
  }
  return problems;
}

/** Only a policy names the keys of gateways; without them no decision could ever be verified. */
function unverifiable(environments: ReleaseFile['environments'] = {}): CrossProblem[] {
  const message =
    'no decision could ever be verified: the keys of gateways stand in policy.yml, where this environment then belongs too; leave this out';
  return unverifiedRefused(environments).map((path) => ({ path, message }));
}

import type { CrossProblem } from '../config/read-config';
import { accountOf } from './policy';
import type { PolicyFile } from './schema';

interface Claim {
  owner: string;
  /** Of the environment's role; unknown without one. */
  account: string | undefined;
}

/**
 * An environment owns its services: nobody else may release to them. The same names in two accounts are two services,
 * but only roles can show that the accounts differ.
 */
export function claimsTwice(file: PolicyFile): CrossProblem[] {
  const claims = new Map<string, Claim[]>();
  const problems: CrossProblem[] = [];
  for (const [project, { environments }] of Object.entries(file.projects)) {
    for (const [name, { region, cluster, services, role }] of Object.entries(environments)) {
      const claim: Claim = { owner: `environment \`${name}\` of project \`${project}\``, account: accountOf(role) };
      for (const service of Object.keys(services)) {
        const target = `${region}/${cluster}/${service}`;
        const earlier = claims.get(target) ?? [];
        const other = earlier.find(({ account }) => mayBeTheSame(account, claim.account));
        if (other !== undefined) {
          const message = `service ${target} belongs to ${other.owner} already; a service has one owner, remove it here (or give both environments roles of different accounts)`;
          problems.push({ path: ['projects', project, 'environments', name, 'services', service], message });
        }
        claims.set(target, [...earlier, claim]);
      }
    }
  }
  return problems;
}

function mayBeTheSame(one: string | undefined, other: string | undefined): boolean {
  return one === undefined || other === undefined || one === other;
}

import { cancellationSignal, log } from '@temporalio/activity';
import { TypedError } from '../../../model/failures';
import { LESS_MIGHT } from '../../../model/might';
import { judgeDeployment, whyNoReturn } from '../../../model/policy/deployment';
import type { DeploymentFacts, Permit } from '../../../model/policy/deployment';
import type { EnvironmentPolicy, Policy } from '../../../model/policy/policy';
import type { ServiceTarget } from '../../../model/target';
import { sessionName } from '../../aws/identity';
import type { AssumedIdentity } from '../../aws/identity';
import type { AwsClients, RegionalClients } from '../../aws/clients';
import type { Rights } from '../../aws/rights';
import type { Source } from '../../source/source';
import { typed } from '../../source/typed';
import { factsOf } from './facts';
import type { Facts } from './facts';
import { rememberFor } from './remember';

/** From the look before the first write to the last write of one service: asked again where a trip takes longer. */
const GOOD_FOR_MS = 60_000;
const WARN_EVERY_MS = 3_600_000;

/** What the deployer itself knows of who may deploy what. It believes nobody (design section 5). */
export interface Authority {
  /**
   * Whether all of these may go forward; asked before every write that does. Without an image, which no write is, only
   * the policy's own word is compared. Throws `PolicyRefused` with the first thing that does not fit; an identity that
   * carries AdministratorAccess or PowerUserAccess is one, unless the policy allows it for the environment.
   */
  mayDeploy: (targets: readonly ServiceTarget[], permit: Permit) => Promise<void>;
  /** Before every write that goes back. Asks nobody, so that nothing stands in the way of a rollback. */
  mayReturn: (target: ServiceTarget) => void;
  /** The clients to touch it with: of the role that the policy has for its environment, else the worker's own. */
  clientsOf: (target: ServiceTarget) => RegionalClients;
}

export interface AuthorityDeps {
  clients: Pick<AwsClients, 'ecs' | 'ecr' | 'logs' | 'iam' | 'as'>;
  rights: Rights;
  source: Source;
  /** Without one the word of release.yml at the head of the allowed branch holds, and no roles are assumed. */
  policy?: Policy | undefined;
  now?: () => number;
  /** For the worker's log. */
  warn?: (text: string) => void;
}

export function createAuthority(deps: AuthorityDeps): Authority {
  const { clients, rights, source, policy, now = Date.now, warn = logged } = deps;
  const owned = policy?.projects.flatMap(({ environments }) => environments) ?? [];
  const allowed = rememberFor(GOOD_FOR_MS, now);
  const warned = rememberFor(WARN_EVERY_MS, now);
  const clientsOf = (target: ServiceTarget): RegionalClients => {
    const identity = policy && identityOf(policy, target);
    return identity === undefined ? clients : clients.as(identity);
  };
  /** Before Git and ECR are asked: an identity that may do everything should do nothing. */
  const refuseTooMighty = async (target: ServiceTarget): Promise<void> => {
    if ((policy && ownerOf(policy, target))?.allowAdmin === true) return;
    const might = await rights.mightOf(policy && identityOf(policy, target), target.region);
    if (might.kind === 'too mighty') throw new TypedError('PolicyRefused', `${might.reason}: ${LESS_MIGHT}`);
    // Who may not look cannot be held to what would be seen; and IAM must not be what a release fails by.
    if (might.kind === 'unknown' && !warned.has(might.why)) {
      warned.add(might.why);
      warn(might.why);
    }
  };

  return {
    clientsOf,

    async mayDeploy(targets, permit) {
      for (const target of targets) await refuseTooMighty(target);
      if (policy === undefined && permit.image === undefined) return;
      const signal = cancellationSignal();
      const keyOf = (target: ServiceTarget): string => JSON.stringify([target, permit]);
      const unknown = targets.filter((one) => !allowed.has(keyOf(one)));
      const [first] = unknown;
      if (first === undefined) return;
      // One trip's targets differ in nothing that these facts depend on.
      const factsKnownFor = (knownForMs: number) =>
        factsOf({ source, policy, clientsOf, knownForMs }, first, permit, signal);
      const recent = factsKnownFor(GOOD_FOR_MS);
      for (const target of unknown) {
        if ((await typed(() => whyNot(target, permit, recent))) !== undefined) {
          // Somebody may have put it right since: nothing is refused by what was known a minute ago.
          const reason = await typed(() => whyNot(target, permit, factsKnownFor(0)));
          if (reason !== undefined) throw new TypedError('PolicyRefused', reason);
        }
        allowed.add(keyOf(target));
      }
    },

    mayReturn(target) {
      const reason = policy && whyNoReturn(target, owned);
      if (reason !== undefined) throw new TypedError('PolicyRefused', reason);
    },
  };
}

/** Asks for no more than what the judgement wants to know next. */
async function whyNot(target: ServiceTarget, permit: Permit, ask: Facts): Promise<string | undefined> {
  const facts: DeploymentFacts = { permit, target, owner: await ask.owner() };
  for (;;) {
    const verdict = judgeDeployment(facts);
    if (verdict.kind === 'allowed') return undefined;
    if (verdict.kind === 'refused') return verdict.reason;
    if (verdict.whom === 'git') facts.onBranch = await ask.onBranch();
    else facts.stored = await ask.stored();
  }
}

function logged(text: string): void {
  log.warn(text);
}

/** By the environment that the target says it is of, if that is true; else by whose it is. */
function ownerOf({ projects }: Policy, target: ServiceTarget): EnvironmentPolicy | undefined {
  const { project: named, environment } = target.scope;
  const claims = projects.flatMap(({ project, environments }) => environments.map((one) => ({ project, one })));
  const its = claims.filter(({ one }) => hasService(one, target));
  const own = its.find(({ project, one }) => project === named && one.name === environment) ?? its[0];
  return own?.one;
}

function identityOf(policy: Policy, target: ServiceTarget): AssumedIdentity | undefined {
  const role = ownerOf(policy, target)?.role;
  return role === undefined ? undefined : { role, session: sessionName(target.scope.request) };
}

function hasService(environment: EnvironmentPolicy, target: ServiceTarget): boolean {
  return whyNoReturn(target, [environment]) === undefined;
}

import type { RoleSettings } from '../../local/iam/settings';
import { compare } from '../../model/iam/compare';
import { grantsOf } from '../../model/iam/grants';
import type { Template } from '../../model/iam/cloudformation';
import { readTrail } from '../../model/iam/trail';
import { policyFile, releaseFile } from './stage/files';
import { inPool } from './stage/pool';
import { expectedWorkerRoles, printedFor, workerRolesOf } from './stage/printed';
import { play, SCENARIOS } from './stage/scenarios';
import type { Scenario, ScenarioEnd } from './stage/scenarios';
import type { Stage } from './stage/stage';
import { openStage } from './stage/stage';
import { reduced, takes, variantsOf } from './stage/variants';
import type { Variant } from './stage/variants';

/** The cheapest first: what is taken away is looked for in the first of them that uses it. */
const ORDER: Scenario[] = ['indexed', 'stopped', 'released', 'returned'];
/** A release waits more than it works. */
const AT_ONCE = 4;
const ROLES_WITHIN_MS = 170_000;

const variants = variantsOf(
  expectedWorkerRoles(
    policyFile(['sample'], () => '/srv/sample', '/srv/sick'),
    releaseFile('sample', '/srv/sick'),
  ),
);
const nameOf = (of: Variant | Scenario): string =>
  typeof of === 'string' ? `full-${of}` : `less-${variants.indexOf(of)}`;

interface Run {
  end: ScenarioEnd;
  /** With which it ran, and whole. */
  roles: readonly RoleSettings[];
  whole: readonly RoleSettings[];
}

let stage: Stage;
let full: Map<Scenario, Promise<Run>>;
let less: Map<Variant, Promise<Run & { scenario: Scenario }>>;

/** Plays a scenario as a project of its own, with the printed roles, or with less. */
async function run(name: string, scenario: Scenario, change = (roles: readonly RoleSettings[]) => roles): Promise<Run> {
  const { roles: whole } = await workerRolesOf(stage.directory, name, `${name}.release.yml`);
  const roles = change(whole);
  roles.forEach((role) => stage.account.putRole(role));
  const project = await stage.project(name);
  const end = await play(project, scenario);
  await project.rest();
  return { end, roles, whole };
}

const callsOf = ({ whole }: Run) => stage.account.callsOf(...whole.map(({ name }) => name));

/** The first scenario that used what is taken away, by the record of the full ones. */
async function scenarioFor(variant: Variant): Promise<Scenario> {
  for (const scenario of ORDER) {
    const whole = await full.get(scenario)!;
    if (callsOf(whole).some((call) => takes(whole.whole, variant, call))) return scenario;
  }
  throw new Error(`no scenario uses ${variant.title}`);
}

beforeAll(async () => {
  const projects = [...ORDER, ...variants].map(nameOf);
  stage = await openStage({ projects, policy: true });
  full = inPool(ORDER, AT_ONCE, (scenario) => run(nameOf(scenario), scenario));
  await Promise.allSettled(full.values());
  less = inPool(variants, AT_ONCE, async (variant) => {
    const scenario = await scenarioFor(variant);
    return { scenario, ...(await run(nameOf(variant), scenario, (roles) => reduced(roles, variant))) };
  });
});
afterAll(async () => {
  await Promise.allSettled(less.values());
  await stage.close();
});

describe('with exactly the printed roles', () => {
  it.each(ORDER)('a release is %s as it should be', async (scenario) => {
    const one = await full.get(scenario)!;
    expect(one.end).toMatchObject(SCENARIOS[scenario].ends);
    const refused = callsOf(one).filter(({ errorCode }) => /^(AccessDenied|DENIED|Unrecognized)/.test(errorCode ?? ''));
    expect(refused).toEqual([]);
  });

  it('nothing is used that is not granted, and nothing is granted that is not used', async () => {
    const unused: Record<string, string[]> = {};
    for (const scenario of ORDER) {
      const name = nameOf(scenario);
      const printed = await printedFor(stage.directory, name, `${name}.release.yml`);
      const calls = callsOf(await full.get(scenario)!).map((call) => JSON.stringify(call));
      const found = compare(grantsOf(printed as unknown as Template), readTrail(calls.join('\n')));
      expect(found.notGranted).toEqual([]);
      unused[scenario] = found.unused.map(({ role, action, sid }) =>
        `${role.split('-').at(-1) ?? ''} ${sid}: ${action}`.replace(/Full\w+?(?=[A-Z])/, ''),
      );
    }
    const everywhere = unused['released']!.filter((one) => ORDER.every((scenario) => unused[scenario]!.includes(one)));
    expect(everywhere).toEqual([]);
    // Else this test could not fail.
    expect(unused['released']).toContainEqual(expect.stringMatching(/StopServiceDeployment/));
  });
});

describe('with one thing less it does not pass as if nothing were missing:', () => {
  it.each(variants.map((variant) => [variant.title, variant] as const))(
    '%s',
    async (_title, variant) => {
      const { end, scenario, whole, roles } = await less.get(variant)!;
      expect(roles).not.toEqual(whole);
      const { outcome, tells } = end;
      const passed = { scenario, ...SCENARIOS[scenario].ends };
      // Who may not look at a role is warned, and not refused: it is the one right that a release can do without.
      const isLook = variant.title.includes('iam:ListAttachedRolePolicies');
      const role = whole[variant.role]?.name ?? '';
      expect(stage.warnings.some((text) => text.includes(`role ${role} carries`))).toBe(isLook);
      if (isLook) expect({ scenario, outcome, tells }).toEqual(passed);
      else expect({ scenario, outcome, tells }).not.toEqual(passed);
      const refused = stage.account
        .callsOf(...whole.map(({ name }) => name))
        .filter(({ errorCode }) => /^(AccessDenied|DENIED)/.test(errorCode ?? ''));
      expect(refused.length).toBeGreaterThan(0);
      expect(refused.filter((call) => !takes(whole, variant, call))).toEqual([]);
      // The end of a log is all that a release may lack without saying why.
      if (!variant.title.includes('logs:') && !isLook) expect(end.cause).toMatch(/not authorized|\b403\b/);
    },
    ROLES_WITHIN_MS,
  );
});

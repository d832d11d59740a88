import type { RoleSettings } from '../../local/iam/settings';
import { workerRolesOf } from './stage/printed';
import type { Project } from './stage/project';
import { play } from './stage/scenarios';
import type { Stage } from './stage/stage';
import { openStage } from './stage/stage';

const NAME = 'mighty';

let stage: Stage;
let project: Project;
let printed: RoleSettings[];

beforeAll(async () => {
  stage = await openStage({ projects: [NAME], policy: true });
  ({ roles: printed } = await workerRolesOf(stage.directory, NAME, `${NAME}.release.yml`));
  project = await stage.project(NAME);
});
afterAll(() => stage.close());

/** The printed roles, with this policy of AWS's besides. */
function putRoles(...managed: string[]): void {
  for (const role of printed) {
    const arns = managed.map((name) => `arn:aws:iam::aws:policy/${name}`);
    stage.account.putRole({ ...role, managed: role.name.endsWith('-deployer') ? arns : [] });
  }
}

const writes = (): string[] =>
  stage.account
    .callsOf(...printed.map(({ name }) => name))
    .map(({ action }) => action)
    .filter((action) => /^(Register|Update|Tag|Put|PUT|POST|Stop)/.test(action));

it.each(['AdministratorAccess', 'PowerUserAccess'])(
  'a deployer with %s attached is refused before its first write, and before anything is built',
  async (name) => {
    putRoles(name);
    const end = await play(project, 'released');
    expect(end.outcome).toBe('refused');
    expect(end.cause).toContain(`role ${NAME}-deployer carries ${name}, which is far more than a release needs`);
    expect(writes()).toEqual([]);
  },
);

it('and releases as soon as it is taken away', async () => {
  putRoles();
  expect((await play(project, 'released')).outcome).toBe('released');
  expect(writes()).toContain('UpdateService');
});

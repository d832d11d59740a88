/** Of one project of the stage: everything of it is called by its name. */
export const ACCOUNT = '000000000000';
export const REGION = 'eu-west-1';
export const CLUSTER = 'production';
export const BASE = 'base';
/** What tasks run as; both must be passed to ECS. */
export const TASK_ROLES = ['shop-task', 'shop-execution'].map((name) => `arn:aws:iam::${ACCOUNT}:role/${name}`);
export const REPOSITORY = { owner: 'acme', name: 'shop', id: '22', ownerId: '11' };

/** What a task prints before it fails; a release must tell it. */
export const LAST_WORDS = 'the shop has no money';

const LIVES = `trap 'exit 0' TERM\nwhile :; do sleep 1 & wait; done\n`;
const DIES = `echo '${LAST_WORDS}'\nexit 3\n`;

/** The program of a commit, which only runs; or one that fails when it starts. */
export function program(remark: string, { dies = false } = {}): string {
  return `# ${remark}\n${dies ? DIES : LIVES}`;
}

export function roleArn(project: string, zone: 'images' | 'deployer'): string {
  return `arn:aws:iam::${ACCOUNT}:role/${project}-${zone}`;
}

/** The environment of release.yml and policy.yml alike; `sick` names a file of commits that are not healthy. */
function environment(project: string, sick: string): string {
  return `region: ${REGION}
        cluster: ${CLUSTER}
        services:
          ${project}:
            health: { command: [sh, -c, '! grep -qsx "$SLUICE_COMMIT" ${sick}'], times: 1, every: 100ms, within: 1s }
            stable-within: 1m
            fail-after-stops: 1`;
}

export function releaseFile(project: string, sick: string): string {
  return `project: ${project}
gates:
  tests: { run: 'true' }
image:
  repository: ${project}
  builder: pack
  base: ${BASE}:1
  files: [main.sh]
  command: [sh, main.sh]
environments:
      production:
        ${environment(project, sick)}
`;
}

/** A policy.yml with all these projects, each with roles of its own. */
export function policyFile(projects: readonly string[], pathOf: (project: string) => string, sick: string): string {
  const each = (project: string): string => `  ${project}:
    repository: ${pathOf(project)}
    repository-id: ${REPOSITORY.id}
    repository-owner-id: ${REPOSITORY.ownerId}
    workflow: .github/workflows/release.yml
    image: { repository: ${project}, role: '${roleArn(project, 'images')}' }
    environments:
      production:
        role: ${roleArn(project, 'deployer')}
        ${environment(project, sick)}
`;
  return `projects:\n${projects.map(each).join('')}`;
}

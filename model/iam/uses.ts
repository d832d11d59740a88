/** A trust zone that has an AWS identity (design section 5): the one that pushes images, and those that change services. */
export type Zone = 'deployer' | 'images';

/** What a project's images need beyond a push by Sluice itself. */
export type Need = 'dockerfile' | 'base';

/** One action of AWS that Sluice calls. All else about it is AWS's word, in actions.json. */
export interface ActionUse {
  action: string;
  zone: Zone;
  /** What it is called for. */
  why: string;
  /**
   * Resource types that it is limited to, of those that AWS knows for it; `*` where it cannot be limited to any of ours.
   * Absent: all that AWS requires.
   */
  on?: readonly string[] | '*';
  /** Condition keys that limit it further; what they are held against is in statements.ts. */
  limits?: readonly string[];
  /** Granted only to projects that need it. */
  need?: Need;
  /** On the role itself that has the grant, and no other. */
  own?: true;
}

const deployer = (action: string, why: string, more: Partial<ActionUse> = {}): ActionUse => ({
  ...{ action, zone: 'deployer', why },
  ...more,
});
const images = (action: string, why: string, more: Partial<ActionUse> = {}): ActionUse => ({
  ...{ action, zone: 'images', why },
  ...more,
});

/** Which zone calls which action for what: the one list that is written by hand (`node scripts/iam-actions.mjs` does the rest). */
export const USES: readonly ActionUse[] = [
  deployer('ecs:DescribeServices', 'sees what runs, before, during and after a deployment'),
  deployer('ecs:ListServiceDeployments', 'finds its own deployment'),
  deployer('ecs:DescribeServiceDeployments', 'follows its own deployment to its end'),
  deployer('ecs:DescribeServiceRevisions', 'knows which task definition and which digests a deployment brings'),
  deployer('ecs:StopServiceDeployment', 'rolls back a deployment in flight'),
  deployer('ecs:UpdateService', 'deploys a revision, and returns to the baseline', { limits: ['ecs:task-definition'] }),
  deployer('ecs:ListTasks', 'finds the tasks of the service', { on: '*', limits: ['ecs:cluster'] }),
  deployer('ecs:DescribeTasks', 'sees which digest tasks run, and why others stopped'),
  deployer('ecs:DescribeTaskDefinition', 'reads what runs, to copy it and to return to it'),
  deployer('ecs:ListTaskDefinitions', 'finds a revision that an earlier attempt registered'),
  deployer('ecs:RegisterTaskDefinition', 'registers the revision to deploy'),
  deployer('ecs:TagResource', 'marks its revisions, and those that were verified', { on: ['task-definition'] }),
  deployer('iam:PassRole', 'registers a revision whose tasks have roles', { limits: ['iam:PassedToService'] }),
  deployer('iam:ListAttachedRolePolicies', 'refuses to deploy while its own role carries AdministratorAccess', {
    own: true,
  }),
  deployer('logs:GetLogEvents', 'tells the last lines of a task that failed'),
  deployer('ecr:DescribeRepositories', 'knows the address of the repository that images come from'),
  deployer('ecr:DescribeImages', 'checks that the image is that of the commit'),
  deployer('ecr:BatchGetImage', 'reads which manifests an image index lists'),
  images('ecr:GetAuthorizationToken', 'gets the password of the registry'),
  images('ecr:DescribeRepositories', 'knows the address of the repository'),
  images('ecr:DescribeImages', 'finds an image that is there already, and checks what was pushed'),
  images('ecr:BatchCheckLayerAvailability', 'pushes only layers that are not there'),
  images('ecr:InitiateLayerUpload', 'pushes a layer'),
  images('ecr:UploadLayerPart', 'pushes a layer'),
  images('ecr:CompleteLayerUpload', 'pushes a layer'),
  images('ecr:PutImage', 'pushes the manifest, by the tag of the commit'),
  images('ecr:BatchGetImage', 'is asked by Docker and Buildah when they push', { need: 'dockerfile' }),
  images('ecr:BatchCheckLayerAvailability', 'takes over layers of the base image', { need: 'base' }),
  images('ecr:BatchGetImage', 'reads the manifest of the base image', { need: 'base' }),
  images('ecr:GetDownloadUrlForLayer', 'reads the base image', { need: 'base' }),
];

/** The actions of trust policies: how the zones become who they are. */
export const TRUST_ACTIONS = ['sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity'] as const;

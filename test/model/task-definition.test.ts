import {
  changedDefinition,
  contentHash,
  describeChanges,
  pinnedDefinition,
  pinsFor,
} from '../../model/task-definition';

const live = {
  taskDefinitionArn: 'arn:td/api:7',
  revision: 7,
  status: 'ACTIVE',
  registeredAt: 1.5,
  registeredBy: 'somebody',
  deleteRequestedAt: 2,
  compatibilities: ['EC2'],
  requiresAttributes: [{ name: 'x' }],
  family: 'api',
  cpu: '256',
  nothing: null,
  brandNew: { future: true },
  containerDefinitions: [
    {
      name: 'app',
      image: 'host:5000/app:1',
      environment: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ],
      knob: 3,
    },
    { name: 'sidecar', image: 'envoy' },
  ],
};
const change = { container: 'app', imageReference: 'host:5000/app@sha256:2', environment: {}, commit: 'c0ffee' };

it('keeps all but what ECS alone may write, and changes the one image', () => {
  expect(changedDefinition(live, change)).toEqual({
    family: 'api',
    cpu: '256',
    brandNew: { future: true },
    containerDefinitions: [
      { ...live.containerDefinitions[0], image: change.imageReference },
      live.containerDefinitions[1],
    ],
  });
});

it('sets named variables in place, appends new ones, and fills in the commit', () => {
  const environment = { B: 'now ${commit} and ${commit}', C: '3' };
  const changed = changedDefinition(live, { ...change, environment });
  expect(changed['containerDefinitions']).toMatchObject([
    {
      environment: [
        { name: 'A', value: '1' },
        { name: 'B', value: 'now c0ffee and c0ffee' },
        { name: 'C', value: '3' },
      ],
    },
    { name: 'sidecar' },
  ]);
  expect(describeChanges(live, changed)).toEqual([
    'app: image host:5000/app:1 → host:5000/app@sha256:2',
    'app: environment ~ B',
    'app: environment + C',
  ]);
});

it('takes definitions for the same whatever the order of keys and variables, and whatever ECS fills in', () => {
  const [app, sidecar] = live.containerDefinitions;
  const same = {
    containerDefinitions: [
      { ...app, environment: [...(app?.environment ?? [])].reverse(), mountPoints: [] },
      sidecar ?? {},
    ],
    volumes: [],
    brandNew: { future: true },
    cpu: '256',
    family: 'api',
    revision: 8,
  };
  expect(contentHash(same)).toBe(contentHash(live));
  expect(contentHash({ ...live, cpu: '512' })).not.toBe(contentHash(live));
  expect(contentHash({ ...live, brandNew: { future: false } })).not.toBe(contentHash(live));
});

it('pins images that are named by a tag or by nothing, and leaves the port of a registry alone', () => {
  const pins = pinsFor(live, { app: 'sha256:a', sidecar: 'sha256:b' });
  expect(pins).toEqual({ app: 'host:5000/app@sha256:a', sidecar: 'envoy@sha256:b' });
  expect(pinnedDefinition(live, { app: pins['app']! })['containerDefinitions']).toMatchObject([
    { image: 'host:5000/app@sha256:a' },
    { image: 'envoy' },
  ]);
  expect(pinsFor(changedDefinition(live, change), { app: 'sha256:a' })).toEqual({});
  expect(pinsFor(live, {})).toEqual({});
});

import { parseReleaseConfig } from '../../../model/config/parse';
import { formatProblem } from '../../../model/config/release-config';
import type { ReleaseConfig } from '../../../model/config/release-config';
import { EXAMPLE, SMALLEST } from './example';

function accepted(text: string): ReleaseConfig {
  const parsed = parseReleaseConfig(text, 'release.yml');
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  return parsed.config;
}

function refused(text: string): string[] {
  const parsed = parseReleaseConfig(text, 'release.yml');
  return parsed.ok ? [] : parsed.problems.map(formatProblem);
}

describe('a release.yml that is right', () => {
  it('fills in every default', () => {
    expect(accepted(SMALLEST)).toEqual({
      project: 'shop',
      branch: 'main',
      gates: [
        { name: 'tests', kind: 'run', needs: [], timeoutMs: 600_000, setup: [], run: 'npm test', environment: {} },
      ],
      image: {
        repository: 'shop',
        region: 'eu-west-1',
        timeoutMs: 900_000,
        build: {
          builder: 'pack',
          files: ['**'],
          exclude: [],
          workdir: '/app',
          command: ['node', 'server.js'],
          environment: {},
          platform: 'linux/amd64',
        },
      },
      environments: [
        {
          name: 'production',
          region: 'eu-west-1',
          cluster: 'main',
          services: [
            {
              service: 'api',
              container: 'api',
              environment: {},
              from: 'live',
              health: { kind: 'digest', times: 3, intervalMs: 2_000, withinMs: 300_000 },
              stableWithinMs: 900_000,
              failAfterStops: 3,
              allowZeroTasks: false,
            },
          ],
        },
      ],
    });
  });

  it('reads the example: a coverage rule, a scanner, and health that must name the commit', () => {
    const { gates, environments, image } = accepted(EXAMPLE);
    expect(gates[0]).toMatchObject({ coverage: { format: 'lcov', lines: 80, reportLimitBytes: 16 * 1024 ** 2 } });
    expect(gates[1]).toEqual({ name: 'secrets', kind: 'secretlint', needs: [], timeoutMs: 600_000 });
    expect(environments[0]?.services[0]?.health).toMatchObject({ kind: 'http', commitAt: 'commit' });
    expect(image.build).toMatchObject({ environment: { COMMIT_SHA: '${commit}' } });
  });

  it.each([
    ['500ms', 500],
    ['90s', 90_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
  ])('reads %s as %d ms', (text, expected) => {
    const { gates } = accepted(SMALLEST.replace('run: npm test', `run: npm test, timeout: ${text}`));
    expect(gates[0]?.timeoutMs).toBe(expected);
  });

  it('takes one command line of setup as well as a list', () => {
    const withSetup = (setup: string): unknown =>
      accepted(SMALLEST.replace('run: npm test', `run: x, setup: ${setup}`)).gates[0];
    expect(withSetup('npm ci')).toMatchObject({ setup: ['npm ci'] });
    expect(withSetup('[npm ci, make]')).toMatchObject({ setup: ['npm ci', 'make'] });
  });

  it('keeps gates, environments and services in the order of the file', () => {
    const text = SMALLEST.replace(
      '{ tests: { run: npm test } }',
      '{ zeta: { run: z }, alpha: { run: a, needs: [zeta] } }',
    ).replace(
      '{ api: { health: { digest: true } } }',
      '{ worker: { health: { digest: true } }, api: { health: { digest: true } } }',
    );
    const { gates, environments } = accepted(text);
    expect(gates.map(({ name }) => name)).toEqual(['zeta', 'alpha']);
    expect(environments[0]?.services.map(({ service }) => service)).toEqual(['worker', 'api']);
  });

  it('builds a Dockerfile with the builder that is named', () => {
    const text = SMALLEST.replace(
      /image: .*/,
      'image: { repository: team/shop, builder: buildah, target: run, platform: linux/arm64 }',
    );
    expect(accepted(text).image.build).toEqual({
      builder: 'buildah',
      context: '.',
      dockerfile: 'Dockerfile',
      target: 'run',
      arguments: {},
      platform: 'linux/arm64',
    });
  });

  it('drops `./` in front of paths, so that a path and a glob mean the same file', () => {
    const text = EXAMPLE.replace('lcov: lcov.info', 'lcov: ./lcov.info').replace("'test/**'", "'./test/**'");
    expect(accepted(text).gates[0]).toMatchObject({ coverage: { report: 'lcov.info', exclude: ['test/**'] } });
  });

  it('allows an alias to write a part once', () => {
    const text = SMALLEST.replace('{ api: {', '{ api: &one {').replace('} } }\n', '} }, worker: *one }\n');
    expect(accepted(text).environments[0]?.services.map(({ service }) => service)).toEqual(['api', 'worker']);
  });
});

describe('a release.yml that is wrong says where, what and what to do', () => {
  it.each<[string, (text: string) => string, string]>([
    [
      'an unknown key',
      (t) => t.replace('coverage:', 'coverge:'),
      '7:5: unknown key `coverge`; did you mean `coverage`?',
    ],
    [
      'a base image that is another one every day',
      (t) => t.replace('builder: pack', 'builder: pack\n  base: node-base:latest'),
      'tag `latest` is another image every day; name a version or a digest, such as node-base:20',
    ],
    [
      'a repository with a tag: that is always the full commit',
      (t) => t.replace('repository: shop-api', 'repository: shop-api:latest'),
      '`repository` is "shop-api:latest": expected the name of an ECR repository, such as shop-api or team/shop-api, without host or tag',
    ],
    [
      'another case',
      (t) => t.replace('commit-at', 'commitAt'),
      '24:58: unknown key `commitAt`; did you mean `commit-at`?',
    ],
    [
      'a key like no other',
      (t) => `${t}zzzzzzzz: 1\n`,
      '26:1: unknown key `zzzzzzzz`; expected one of project, branch, gates, on-gate-failure, image, environments',
    ],
    [
      'a duplicate key',
      (t) => `${t}project: other\n`,
      '26:1: this key was given before in the same mapping; keep one of the two',
    ],
    [
      'a tab',
      (t) => t.replace('  tests:', '\ttests:'),
      '5:1: this line is indented with a tab; YAML takes only spaces',
    ],
    [
      'a bare number as duration',
      (t) => t.replace('10m', '600'),
      '25:24: `stable-within` is the number 600: expected a duration with a unit (ms, s, m, h or d), such as 90s, 10m, 2h or 3d',
    ],
    ['a unit that is none', (t) => t.replace('10m', '10min'), '25:24: `stable-within` is "10min": expected a duration'],
    ['too long a wait', (t) => t.replace('10m', '40d'), '25:24: `stable-within` is "40d": expected at most 1 day'],
    [
      'a size without a unit',
      (t) => t.replace('lines: 80', 'lines: 80, report-limit: 5'),
      '`report-limit` is the number 5: expected a size with a unit (B, KiB, MiB or GiB), such as 512MiB',
    ],
    [
      'a missing value',
      (t) => t.replace('project: shop-api', 'project:'),
      '2:1: `project` is empty: expected the name of the project',
    ],
    [
      'a missing key',
      (t) => t.replace(' lines: 80,', ''),
      '7:15: `lines` is missing: expected a percentage from 0 to 100, such as 80',
    ],
    [
      'a percentage over 100',
      (t) => t.replace('80', '101'),
      '7:41: `lines` is the number 101: expected a percentage from 0 to 100',
    ],
    [
      'two reports',
      (t) => t.replace('lcov: lcov.info', 'lcov: a, cobertura: b'),
      '7:15: `coverage` names 2 reports; keep one of lcov, cobertura',
    ],
    [
      'no report',
      (t) => t.replace('lcov: lcov.info, ', ''),
      '7:15: `coverage` names no report; add one of lcov, cobertura, istanbul-summary',
    ],
    [
      'a gate that does nothing',
      (t) => t.replace('uses: secretlint', 'timeout: 1m'),
      '8:3: this gate does nothing; add `run: <command line>` or `uses: secretlint`',
    ],
    [
      'run and uses',
      (t) => t.replace('uses: secretlint', 'uses: gitleaks\n    run: x'),
      '9:11: this gate has both `run` and `uses`; make two gates of it',
    ],
    [
      'settings that a scanner ignores',
      (t) => t.replace('uses: secretlint', 'uses: gitleaks\n    setup: x'),
      '10:12: `setup` belongs to gates with `run`; `uses: gitleaks` does not read it, remove it',
    ],
    [
      'a scanner that is not there',
      (t) => t.replace('uses: secretlint', 'uses: trufflehog'),
      '9:11: `uses` is "trufflehog": expected one of secretlint, gitleaks',
    ],
    [
      'a need of no gate',
      (t) => t.replace('uses: secretlint', 'uses: secretlint\n    needs: [test]'),
      '10:13: gate `secrets` needs `test`, which is no gate of this file; did you mean `tests`?',
    ],
    [
      'a need of itself',
      (t) => t.replace('uses: secretlint', 'uses: secretlint\n    needs: [secrets]'),
      'gate `secrets` needs itself',
    ],
    [
      'needs in a circle',
      (t) =>
        t
          .replace('uses: secretlint', 'uses: secretlint\n    needs: [tests]')
          .replace('run: npm test', 'run: npm test\n    needs: [secrets]'),
      'tests needs secrets needs tests',
    ],
    [
      'one report for two gates',
      (t) => t.replace('  secrets:', '  more: { run: x, coverage: { lcov: lcov.info, lines: 1 } }\n  secrets:'),
      'gates `tests` and `more` both write `lcov.info`',
    ],
    [
      'a gate name in capitals',
      (t) => t.replace('  tests:', '  Tests:'),
      '5:3: `Tests` cannot be used here: expected a gate name: 1 to 40 lower-case letters',
    ],
    [
      'a colon in a name that goes into a workflow id',
      (t) => t.replace('project: shop-api', 'project: "shop:api"'),
      '2:10: `project` is "shop:api": expected the name of the project',
    ],
    [
      'no gate at all',
      (t) => t.replace(/gates:[\s\S]*?\nimage/, 'gates: {}\nimage'),
      '4:8: `gates` is an empty mapping: expected at least one of gates',
    ],
    [
      'no environment at all',
      (t) => t.replace(/environments:[\s\S]*/, 'environments: {}\n'),
      '`environments` is an empty mapping',
    ],
    [
      'no image',
      (t) => t.replace(/image:[\s\S]*?\nenv/, 'env'),
      '`image` is missing: expected a mapping with `builder` one of pack, docker, buildah',
    ],
    [
      'a builder that is not there',
      (t) => t.replace('pack', 'kaniko'),
      '13:12: `builder` is "kaniko": expected one of pack, docker, buildah',
    ],
    [
      'a report outside',
      (t) => t.replace('lcov: lcov.info', 'lcov: ../lcov.info'),
      '7:23: `lcov` is "../lcov.info": expected a path inside the checkout',
    ],
    [
      'an absolute report',
      (t) => t.replace('lcov: lcov.info', 'lcov: /etc/passwd'),
      '7:23: `lcov` is "/etc/passwd": expected a path inside the checkout',
    ],
    [
      'a report within .git',
      (t) => t.replace('lcov: lcov.info', 'lcov: ./.git/config'),
      '7:23: `lcov` is "./.git/config": expected a path inside',
    ],
    [
      'a glob that climbs',
      (t) => t.replace("'src/**'", "'src/../../**'"),
      '14:52: entry 4 of `files` is "src/../../**": expected a list of globs',
    ],
    [
      'a relative workdir',
      (t) => t.replace('builder: pack', 'builder: pack\n  workdir: app'),
      '14:12: `workdir` is "app": expected an absolute path',
    ],
    [
      'an empty command',
      (t) => t.replace('[node, server.js]', '[]'),
      '15:12: `command` is an empty list: expected a list of a program and its arguments',
    ],
    [
      'a command line of blanks',
      (t) => t.replace('npm test', '"  "'),
      '6:10: `run` is "  ": expected a command line such as `npm test`',
    ],
    ['a NUL', (t) => t.replace('npm test', '"npm\\0test"'), '6:10: `run` is "npm\\u0000test": expected a command line'],
    [
      'a number as variable',
      (t) => t.replace("'${commit}'", '5'),
      '16:30: `COMMIT_SHA` is the number 5: expected text (numbers, true and false in quotes)',
    ],
    [
      'a placeholder that is none',
      (t) => t.replace('${commit}', '${sha}'),
      '16:30: `COMMIT_SHA` is "${sha}": expected no placeholder but ${commit}',
    ],
    [
      'a reserved variable',
      (t) => t.replace('run: npm test', 'run: npm test\n    environment: { HOME: /root }'),
      '`HOME` cannot be used here: expected another name',
    ],
    [
      'a region that is none',
      (t) => t.replace('eu-west-1', 'europe'),
      '20:13: `region` is "europe": expected an AWS region such as eu-west-1',
    ],
    [
      'a password in a URL',
      (t) => t.replace('http://localhost', 'http://me:secret@localhost'),
      'expected an http or https URL without user and password',
    ],
    [
      'health that asks nothing',
      (t) => t.replace(/health: .*/, 'health: { times: 3 }'),
      '24:17: `health` asks nothing; add `http: <URL>`',
    ],
    [
      'health in two ways',
      (t) =>
        t.replace("{ http: 'http://localhost:8080/version', commit-at: commit,", '{ http: http://x/, digest: true,'),
      '`health` asks in 2 ways; keep one of http, digest',
    ],
    ['health that can never be', (t) => t.replace('within: 30s', 'within: 2s'), '`within` is too short'],
    [
      'a service claimed twice',
      (t) =>
        `${t}  staging: { region: eu-west-1, cluster: production, services: { api: { health: { digest: true } } } }\n`,
      'service eu-west-1/production/api belongs to environment `production` already',
    ],
    [
      'a key that is a number',
      (t) => t.replace('      api:', '      7:'),
      '23:7: this key is not text; write it in quotes',
    ],
    [
      'a service name of digits',
      (t) => t.replace('      api:', "      '7':"),
      '23:7: `7` cannot be used here: expected the name of an ECS service',
    ],
    [
      'a branch that is an option',
      (t) => `${t}branch: --upload-pack=x\n`,
      '`branch` is "--upload-pack=x": expected the name of a branch',
    ],
    [
      'an alias to nothing',
      (t) => t.replace('project: shop-api', 'project: *name'),
      '2:10: this alias (`*x`) names no anchor',
    ],
    [
      'a tag',
      (t) => t.replace('project: shop-api', 'project: !!js/function shop-api'),
      '2:10: this tag (`!…`) has no meaning here',
    ],
    ['a second document', (t) => `${t}---\na: 1\n`, '26:1: a second YAML document starts here'],
    ['broken YAML', (t) => t.replace('[node, server.js]', '[node, server.js'), 'this is not valid YAML'],
    ['a list', () => '- a\n', '1:1: the file is a list of 1: expected a mapping with the keys project, branch'],
    ['nothing', () => '# only a comment\n', '1:1: the file is empty'],
    [
      'the key that objects keep for themselves',
      () => '__proto__: { a: 1 }\n',
      '1:1: unknown key `__proto__`; remove it',
    ],
  ])('%s', (_, spoil, expected) => {
    const text = spoil(EXAMPLE);
    expect(text).not.toBe(EXAMPLE);
    expect(refused(text)).toEqual(expect.arrayContaining([expect.stringContaining(expected)]));
  });

  it('names the file and the dotted path', () => {
    const parsed = parseReleaseConfig(EXAMPLE.replace('10m', '600'), 'deploy/release.yml');
    expect(parsed).toMatchObject({
      problems: [
        {
          file: 'deploy/release.yml',
          line: 25,
          column: 24,
          path: 'environments.production.services.api.stable-within',
        },
      ],
    });
  });

  it('tells every problem at once, in the order of the file', () => {
    const lines = refused(EXAMPLE.replace('80', '180').replace('eu-west-1', 'x').replace('uses', 'usess'));
    expect(lines.map((line) => line.split(':')[1])).toEqual(['7', '8', '9', '20']);
  });

  it('points to where an aliased part was written', () => {
    const text = SMALLEST.replace('{ api: {', '{ api: &one {').replace(
      'digest: true } } }',
      'digest: yes } }, worker: *one }',
    );
    expect(refused(text)[0]).toContain(':9:47: `digest` is "yes": expected true');
  });
});

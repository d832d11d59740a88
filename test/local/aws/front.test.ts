import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DescribeImagesCommand,
  DescribePullThroughCacheRulesCommand,
  DescribeRepositoriesCommand,
} from '@aws-sdk/client-ecr';
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { openCore } from '../../../local/aws/core';
import { openHarness } from './harness';
import type { Harness } from './harness';

let local: Harness;
beforeAll(async () => {
  local = await openHarness();
});
afterAll(() => local.close());

const SIGNED = `AWS4-HMAC-SHA256 Credential=AKIARAW/20260101/eu-west-1/ecr/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
const ECR = 'AmazonEC2ContainerRegistry_V20150921';

function post(headers: Record<string, string>, body = '{}') {
  return fetch(local.core.endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', ...headers },
    body,
  });
}

describe('STS', () => {
  it('says who calls', async () => {
    const identity = await local.sts.send(new GetCallerIdentityCommand({}));
    expect(identity).toMatchObject({ Account: '000000000000', Arn: 'arn:aws:iam::000000000000:user/local' });
    expect(identity.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('says honestly that it does not speak other actions', async () => {
    const assume = new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::000000000000:role/deploy', RoleSessionName: 'x' });
    await expect(local.sts.send(assume)).rejects.toMatchObject({
      name: 'InvalidAction',
      message: 'The local AWS does not speak sts:AssumeRole; of STS it speaks only GetCallerIdentity.',
    });
  });

  it('turns away a call that is not signed', async () => {
    const response = await fetch(local.core.endpoint, {
      method: 'POST',
      body: new URLSearchParams({ Action: 'GetCallerIdentity', Version: '2011-06-15' }),
    });
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('<Code>MissingAuthenticationToken</Code>');
  });
});

describe('the JSON protocol', () => {
  it('answers an action that it does not speak with an error that says so', async () => {
    await expect(local.ecr.send(new DescribePullThroughCacheRulesCommand({}))).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: expect.stringContaining(`does not speak ${ECR}.DescribePullThroughCacheRules`) as string,
    });
  });

  it.each([
    [
      'an unknown service',
      { 'x-amz-target': 'Lambda.Invoke', authorization: SIGNED },
      '{}',
      400,
      'UnknownOperationException',
    ],
    ['no target', {}, '{}', 400, 'UnknownOperationException'],
    [
      'a name from the prototype',
      { 'x-amz-target': `${ECR}.constructor`, authorization: SIGNED },
      '{}',
      400,
      'UnknownOperationException',
    ],
    [
      'no signature',
      { 'x-amz-target': `${ECR}.DescribeRepositories` },
      '{}',
      400,
      'MissingAuthenticationTokenException',
    ],
    [
      'a body that is not JSON',
      { 'x-amz-target': `${ECR}.DescribeRepositories`, authorization: SIGNED },
      '{',
      400,
      'SerializationException',
    ],
    [
      'a member of the wrong type',
      { 'x-amz-target': `${ECR}.DescribeImages`, authorization: SIGNED },
      '{"repositoryName":1}',
      400,
      'InvalidParameterException',
    ],
    [
      'a signature for another region',
      { 'x-amz-target': `${ECR}.DescribeRepositories`, authorization: SIGNED.replace('eu-west-1', 'us-east-1') },
      '{}',
      400,
      'InvalidSignatureException',
    ],
  ])('answers %s with an error in JSON', async (_what, headers, body, status, code) => {
    const response = await post(headers, body);
    expect(response.status).toBe(status);
    expect(response.headers.get('x-amzn-errortype')).toBe(code);
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await response.json()).toMatchObject({ __type: code, message: expect.any(String) as string });
  });

  it('answers in the version of the protocol that it was asked in', async () => {
    const response = await post({
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `${ECR}.DescribeRepositories`,
      authorization: SIGNED,
    });
    expect(response.headers.get('content-type')).toBe('application/x-amz-json-1.0');
  });
});

describe('the record of calls', () => {
  it('keeps who asked what and how it ended, and appends it to calls.jsonl', async () => {
    const missing = new DescribeImagesCommand({ repositoryName: 'nobody/knows' });
    await expect(local.ecr.send(missing)).rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
    const call = local.core.calls({ service: 'ecr', action: 'DescribeImages' }).at(-1);
    expect(call).toMatchObject({
      request: { repositoryName: 'nobody/knows' },
      errorCode: 'RepositoryNotFoundException',
      accessKeyId: 'AKIALOCAL',
      fault: undefined,
    });
    const lines = (await readFile(join(local.stateDir, 'calls.jsonl'), 'utf8')).trim().split('\n');
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ requestId: call?.requestId, action: 'DescribeImages' });
  });

  it('keeps no credential', async () => {
    const secret = 'eyJhbGciOi';
    await fetch(local.core.endpoint, {
      method: 'POST',
      body: new URLSearchParams({ Action: 'AssumeRoleWithWebIdentity', WebIdentityToken: secret }),
    });
    expect(local.core.calls({ action: 'AssumeRoleWithWebIdentity' })).toMatchObject([
      { request: { WebIdentityToken: 'REDACTED' }, errorCode: 'InvalidAction' },
    ]);
    expect(await readFile(join(local.stateDir, 'calls.jsonl'), 'utf8')).not.toContain(secret);
  });
});

it('answers a body that is too large, to its end, and goes on', async () => {
  const headers = { 'x-amz-target': `${ECR}.DescribeRepositories`, authorization: SIGNED };
  const response = await post(headers, JSON.stringify({ filler: 'x'.repeat(17 * 1024 * 1024) }));
  expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([413, 'RequestEntityTooLargeException']);
  expect(local.core.calls().at(-1)).toMatchObject({ request: null, errorCode: 'RequestEntityTooLargeException' });
});

it('says in one sentence that a port is in use', async () => {
  const port = Number(new URL(local.core.endpoint).port);
  const second = openCore({ stateDir: local.stateDir, region: 'eu-west-1', accountId: '000000000000', port });
  await expect(second).rejects.toThrow(
    `The local AWS cannot listen on 127.0.0.1:${port}: the port is in use; stop the program that has it or choose another port.`,
  );
});

it('lets requests wait until it serves, and frees its port when closed', async () => {
  const core = await openCore({ stateDir: local.stateDir, region: 'eu-west-1', accountId: '000000000000', port: 0 });
  const early = fetch(core.endpoint, {
    method: 'POST',
    headers: { 'x-amz-target': `${ECR}.DescribeRepositories`, authorization: SIGNED },
  });
  core.serve([]);
  expect(await (await early).json()).toEqual({ repositories: [] });
  await core.close();
  await expect(fetch(core.endpoint)).rejects.toThrow('fetch failed');
});

it('still answers the SDK after errors', async () => {
  await expect(local.ecr.send(new DescribeRepositoriesCommand({}))).resolves.toMatchObject({ repositories: [] });
});

import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { lastLines } from '../../../activities/process/last-lines';
import { GUARD } from '../../../bin/root';
import type { JsonObject } from '../../../local/aws/contract';
import { startGuarded } from '../../../local/temporal/guarded';
import { freePorts, LOOPBACK } from '../../../local/temporal/ports';
import { pythonTools } from '../../helpers/python-tools';
import { waitFor } from '../../helpers/wait-for';
import { answerTo } from '../../local/iam/account';
import { ACCOUNT, REGION } from './files';

const REQUIREMENTS = path.join(__dirname, '..', '..', 'ministack', 'requirements.txt');
const STOPS_WITHIN_MS = 10_000;
const ROOT_KEY = 'test';

/** The IAM and STS of an AWS that we did not write. */
export interface Ministack {
  /** A user with these policies, who may then be asked for by name. */
  user(name: string, policies: Readonly<Record<string, JsonObject>>): Promise<void>;
  role(name: string, trust: JsonObject): Promise<void>;
  /** `allowed`, or the error's code and message. */
  assumeRole(user: string, role: string): Promise<string>;
  assumeRoleWithWebIdentity(token: string, role: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts ministack with its own authorization on. It needs no Docker for this, and dies with this process. */
export async function startMinistack(): Promise<Ministack> {
  const tools = await pythonTools(REQUIREMENTS);
  const directory = await mkdtemp(path.join(os.tmpdir(), 'sluice-ministack-iam-'));
  const [port = 0] = await freePorts(1);
  const endpoint = `http://${LOOPBACK}:${port}`;
  let output = '';
  const program = startGuarded({
    guard: GUARD,
    argv: [tools.bin('ministack')],
    cwd: directory,
    env: {
      ...{ PATH: process.env['PATH'] ?? '', HOME: directory, TMPDIR: directory, HOSTNAME: 'none' },
      ...{ BIND_HOST: LOOPBACK, MINISTACK_HOST: LOOPBACK, GATEWAY_PORT: `${port}`, AUTH: 'true', SERVICES: 'iam,sts' },
      ...{ IOT_MTLS_ENABLED: '0', SFTP_ENABLED: '0', STATE_DIR: directory, S3_DATA_DIR: directory },
    },
    onOutput: (piece) => void (output += piece.toString()),
  });
  const stop = async (): Promise<void> => {
    program.terminate();
    const stuck = setTimeout(() => program.kill(), STOPS_WITHIN_MS);
    await program.exited;
    clearTimeout(stuck);
    await rm(directory, { recursive: true, force: true });
  };
  let code: number | undefined;
  void program.exited.then((exitCode) => (code = exitCode));
  try {
    await waitFor('ministack to be ready', async () => {
      if (code !== undefined) throw new Error(`ministack ended with ${code}: ${lastLines(output)}`);
      const answer = await fetch(`${endpoint}/_ministack/ready`).catch(() => undefined);
      await answer?.body?.cancel();
      return answer?.ok;
    });
  } catch (error) {
    await stop();
    throw error;
  }

  const iam = async (Action: string, input: Record<string, string>): Promise<string> => {
    const credential = `${ROOT_KEY}/20261123/${REGION}/iam/aws4_request`;
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
      },
      body: new URLSearchParams({ Action, Version: '2010-05-08', ...input }),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${Action}: ${answer}`);
    return answer;
  };
  const clients = new Map<string, STSClient>();
  const nobody = new STSClient({ endpoint, region: REGION, credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });
  const asked = (role: string) => ({ RoleArn: `arn:aws:iam::${ACCOUNT}:role/${role}`, RoleSessionName: 'release-1' });
  return {
    async user(UserName, policies) {
      await iam('CreateUser', { UserName });
      for (const [PolicyName, document] of Object.entries(policies))
        await iam('PutUserPolicy', { UserName, PolicyName, PolicyDocument: JSON.stringify(document) });
      const answer = await iam('CreateAccessKey', { UserName });
      const of = (name: string): string => new RegExp(`<${name}>([^<]+)<`).exec(answer)?.[1] ?? '';
      const credentials = { accessKeyId: of('AccessKeyId'), secretAccessKey: of('SecretAccessKey') };
      clients.set(UserName, new STSClient({ endpoint, region: REGION, credentials }));
    },
    role: async (RoleName, trust) => {
      await iam('CreateRole', { RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) });
    },
    assumeRole: (user, role) => answerTo(clients.get(user)!.send(new AssumeRoleCommand(asked(role)))),
    assumeRoleWithWebIdentity: (WebIdentityToken, role) =>
      answerTo(nobody.send(new AssumeRoleWithWebIdentityCommand({ ...asked(role), WebIdentityToken }))),
    async stop() {
      for (const client of [nobody, ...clients.values()]) client.destroy();
      await stop();
    },
  };
}

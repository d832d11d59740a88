import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { lastLines } from '../../../activities/process/last-lines';
import { GUARD } from '../../../bin/root';
import { startGuarded } from '../../../local/temporal/guarded';
import { freePorts, LOOPBACK } from '../../../local/temporal/ports';
import { pythonTools } from '../../helpers/python-tools';
import { waitFor } from '../../helpers/wait-for';
import type { Docker } from './docker';
import { dockerClient } from './docker';

/** It stops its containers first. After that it is killed, and the undertaker removes the rest. */
const STOPS_WITHIN_MS = 20_000;
/** What a release meets; it has a hundred more. */
const SERVICES = 'ecs,ecr,iam,sts,logs';

/** One ministack on loopback, empty, which runs its tasks in the Docker daemon that DOCKER_HOST names. */
export interface Ministack {
  /** `127.0.0.1:PORT`, for the API and the registry alike. */
  host: string;
  /** Scratch folder that goes with it. */
  directory: string;
  /** To be put on every image that is built here (`key=value`): those are removed in the end. */
  imageLabel: string;
  docker: Docker;
  /** What it said so far. */
  output(): string;
  stop(): Promise<void>;
}

/**
 * Starts ministack with its own authorization on. It dies with this process; its containers, the images with its label and
 * its folder are removed even then, by the undertaker. First use installs it (up to 5 minutes).
 */
export async function startMinistack(): Promise<Ministack> {
  const tools = await pythonTools(path.join(__dirname, '..', 'requirements.txt'));
  const directory = await mkdtemp(path.join(os.tmpdir(), 'sluice-ministack-'));
  const [port = 0] = await freePorts(1);
  const host = `${LOOPBACK}:${port}`;
  // It labels its containers with this name and its port.
  const name = `sluice-${randomBytes(6).toString('hex')}`;
  const imageLabel = `sluice.ministack=${name}`;
  const docker = dockerClient(directory);
  const undertaker = spawn(
    process.execPath,
    [path.join(__dirname, 'undertaker.mjs'), `ministack.instance=${name}:${port}`, imageLabel, directory, `${port}`],
    { detached: true, stdio: ['pipe', 'ignore', 'ignore'], env: docker.env },
  );
  const buried = once(undertaker, 'exit');

  let output = '';
  const program = startGuarded({
    guard: GUARD,
    argv: [tools.bin('ministack')],
    cwd: directory,
    env: { ...docker.env, ...settingsOf(name, port, directory) },
    onOutput: (piece) => void (output += piece.toString()),
  });
  const stop = async (): Promise<void> => {
    program.terminate();
    const stuck = setTimeout(() => program.kill(), STOPS_WITHIN_MS);
    await program.exited;
    clearTimeout(stuck);
    undertaker.stdin.end();
    await buried;
  };
  let code: number | undefined;
  void program.exited.then((exitCode) => (code = exitCode));
  try {
    await waitFor('ministack to be ready', async () => {
      if (code !== undefined) throw new Error(`ministack ended with ${code}: ${lastLines(output)}`);
      const answer = await fetch(`http://${host}/_ministack/ready`).catch(() => undefined);
      await answer?.body?.cancel();
      return answer?.ok;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { host, directory, imageLabel, docker, output: () => output, stop };
}

function settingsOf(name: string, port: number, directory: string): Record<string, string> {
  return {
    GATEWAY_PORT: `${port}`,
    BIND_HOST: LOOPBACK, // its own default is every interface
    MINISTACK_HOST: LOOPBACK,
    MINISTACK_HOSTNAME: name,
    // Otherwise it looks for a container of this machine's name, to find its own network.
    HOSTNAME: 'none',
    SERVICES,
    AUTH: 'true',
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    STATE_DIR: path.join(directory, 'state'),
    S3_DATA_DIR: path.join(directory, 's3'),
    TMPDIR: directory,
    LOG_LEVEL: 'INFO',
  };
}

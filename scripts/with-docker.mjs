// Runs a command with a Docker daemon: the one that answers already, else a private one that lives as long as the command.
//
//   node scripts/with-docker.mjs PROGRAM ARGS...
//
// The command finds the daemon by DOCKER_HOST. A private daemon changes nothing of this machine's network but for the
// bridge docker0 (no netfilter rules, no forwarding; ports are published on 127.0.0.1 only), and leaves nothing behind.
// Exit: the command's own code, 128+n after signal n, 2 when there is no daemon and none can be started.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const STARTS_WITHIN_MS = 30_000;
const STOPS_WITHIN_MS = 30_000;
const LOG_LINES = 5;

const [program, ...args] = process.argv.slice(2);
if (program === undefined) leave(2, 'usage: with-docker.mjs PROGRAM ARGS...');

const given = process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock';
if (await answers(given)) {
  process.exitCode = await run(given);
} else if (process.env.DOCKER_HOST !== undefined) {
  leave(2, `No Docker daemon answers at DOCKER_HOST=${given}: start it, or unset DOCKER_HOST to get a private one.`);
} else {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'sluice-docker-'));
  const bridged = existsSync('/sys/class/net/docker0');
  const daemon = await start(directory);
  try {
    process.exitCode = await run(daemon.host);
  } finally {
    await daemon.stop();
    if (!bridged) await tidy('ip', 'link', 'delete', 'docker0');
    // Where containers were on the machine's own network; the daemon forgets it.
    await tidy('umount', '--lazy', path.join(directory, 'exec', 'netns', 'default'));
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Whether a daemon answers at this DOCKER_HOST; anything but a socket of this machine is taken on trust. */
async function answers(host) {
  const socketPath = /^unix:\/\/(.+)$/.exec(host)?.[1];
  if (socketPath === undefined) return true;
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: '/_ping', timeout: 2_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
    asked.end();
  });
}

async function start(directory) {
  const host = `unix://${path.join(directory, 'docker.sock')}`;
  const log = path.join(directory, 'log');
  // Its own settings file: one in /etc/docker is meant for another daemon.
  writeFileSync(path.join(directory, 'daemon.json'), '{}');
  const flags = [
    `--host=${host}`,
    `--data-root=${path.join(directory, 'data')}`,
    `--exec-root=${path.join(directory, 'exec')}`,
    `--pidfile=${path.join(directory, 'pid')}`,
    `--config-file=${path.join(directory, 'daemon.json')}`,
    ...['--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'],
    ...['--userland-proxy=true', '--ip=127.0.0.1'],
  ];
  // A session of its own: Ctrl-C reaches the command first, the daemon last.
  const daemon = spawn('sh', ['-c', 'exec dockerd "$@" >"$0" 2>&1', log, ...flags], { detached: true });
  const ended = once(daemon, 'close');
  for (const giveUp = Date.now() + STARTS_WITHIN_MS; !(await answers(host));) {
    const dead = daemon.exitCode !== null || daemon.signalCode !== null;
    if (!dead && Date.now() < giveUp) {
      await Promise.race([ended, sleep(50)]);
      continue;
    }
    daemon.kill('SIGKILL');
    const said = readFileSync(log, 'utf8').trim().split('\n').slice(-LOG_LINES).join('\n');
    rmSync(directory, { recursive: true, force: true });
    leave(
      2,
      `No Docker daemon answers, and a private one cannot be started (dockerd of Debian's docker.io, as root):\n${said}`,
    );
  }
  return {
    host,
    async stop() {
      daemon.kill('SIGTERM');
      const stuck = setTimeout(() => daemon.kill('SIGKILL'), STOPS_WITHIN_MS);
      await ended;
      clearTimeout(stuck);
    },
  };
}

/** Takes away what may be there; where it is not, the program says so to nobody. */
async function tidy(command, ...args) {
  await once(spawn(command, args, { stdio: 'ignore' }), 'close');
}

/** Runs the command, hands our signals on to it, and answers its exit code. */
async function run(host) {
  const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, DOCKER_HOST: host } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`${program}: ${error.message}\n`);
      resolve(127);
    });
    child.once('exit', (code, signal) => resolve(code ?? 128 + os.constants.signals[signal]));
  });
}

function leave(code, message) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

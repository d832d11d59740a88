#!/usr/bin/env node
// Removes what a local AWS leaves in a Docker daemon, also when that was killed with `kill -9`. No dependencies.
//
//   node reaper.mjs SOCKET INSTANCE
//
// First it removes what earlier, dead instances have left, and says `ready`. Then it reads lines from stdin: `image REF`
// for an image that is about to be pulled, `close` for an orderly end. When stdin ends, for whatever reason, it removes
// the containers whose label is INSTANCE and those images, and exits: 0, or 1 after one line that says what is left.
//
// INSTANCE is `BOOT/PID-NAMESPACE/PID/START-TIME/RANDOM` of the local AWS (see instance.ts).
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const LABEL = 'sluice.local-aws';
const IMAGE_LABEL = 'sluice.local-aws.image';
const CALL_MS = 30_000;
const GIVE_UP_MS = 60_000;

const [socketPath, instance] = process.argv.slice(2);
// Ctrl-C, or a CI that ends its jobs, is no reason to leave things behind: the end of stdin is.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
process.stdout.on('error', () => undefined);

const images = new Set();
// Rounds in a row that must find nothing: after a kill, Docker may still be at work on a last request.
let cleanRounds = 4;
let betweenRoundsMs = 300;
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const [word, reference] = line.split(' ');
  if (word === 'image') images.add(reference);
  if (word === 'close') [cleanRounds, betweenRoundsMs] = [1, 50];
});
const ended = new Promise((resolve) => lines.once('close', resolve));

await sweep().catch(() => undefined); // an older instance's leftovers must not keep this one from working
process.stdout.write('ready\n');
await ended;
process.exitCode = await reap();

/** Removes the containers and images of instances whose process is gone. */
async function sweep() {
  for (const container of await containers(LABEL)) {
    const { [LABEL]: owner, [IMAGE_LABEL]: image } = container.Labels;
    if (!isDead(owner, container.State)) continue;
    await removeContainer(container.Id);
    if (image) await removeImage(image);
  }
}

/** Processes are told apart within one PID namespace; of another, nothing is known. After a reboot nobody is alive. */
function isDead(owner, state) {
  const [boot, namespace, pid, startTime] = owner.split('/');
  const [ourBoot, ourNamespace] = instance.split('/');
  if (startTime === '') return false;
  if (boot !== ourBoot) return state !== 'running';
  return namespace === ourNamespace && startTime !== startTimeOf(pid);
}

/** Field 22 of proc(5)'s stat; undefined when there is no such process. */
function startTimeOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Goes round until there is nothing left to remove; answers the exit code. */
async function reap() {
  const deadline = Date.now() + GIVE_UP_MS;
  for (let clean = 0; ;) {
    let problem = 'new containers keep appearing';
    try {
      clean = (await removeAll()) ? 0 : clean + 1;
    } catch (error) {
      clean = 0;
      problem = error.message;
    }
    if (clean === cleanRounds) return 0;
    if (Date.now() > deadline) {
      process.stdout.write(`${problem}\n`);
      return 1;
    }
    await sleep(betweenRoundsMs);
  }
}

/** Whether there was anything to remove. */
async function removeAll() {
  const found = await containers(`${LABEL}=${instance}`);
  await Promise.all(found.map(({ Id }) => removeContainer(Id)));
  const removed = await Promise.all([...images].map(removeImage));
  return found.length > 0 || removed.includes(true);
}

async function containers(label) {
  const query = new URLSearchParams({ all: 'true', filters: JSON.stringify({ label: [label] }) });
  return (await call('GET', `/containers/json?${query}`)).body;
}

/** With its anonymous volumes. One that is gone, or whose removal has begun elsewhere, is no error. */
async function removeContainer(id) {
  const { status, body } = await call('DELETE', `/containers/${id}?force=true&v=true`);
  if (status >= 400 && status !== 404 && status !== 409) throw new Error(body.message);
}

/** Removes one name of an image, and the image if it has no other. Not one that a container uses: that is not ours. */
async function removeImage(reference) {
  const { status, body } = await call('DELETE', `/images/${reference}`);
  if (status >= 400 && status !== 404 && status !== 409) throw new Error(body.message);
  return status === 200;
}

function call(method, path) {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, method, path, headers: { host: 'docker' }, timeout: CALL_MS }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk)).on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode, body: text === '' ? {} : JSON.parse(text) });
      });
    });
    asked.on('timeout', () => asked.destroy(new Error(`Docker did not answer ${method} ${path} in time`)));
    asked.on('error', reject).end();
  });
}

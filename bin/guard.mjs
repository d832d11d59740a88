#!/usr/bin/env node
// Runs a program so that its whole process group dies with whoever started this guard, `kill -9` of the starter included.
//
//   node bin/guard.mjs PROGRAM ARGS...
//
// stdin, stdout and stderr are the program's own. The starter holds the other end of fd 3: when it closes, for whatever
// reason, the group is killed (exit 137), so a hard kill is closing that pipe. When fd 3 is a socket, as Node's own
// 'pipe' is, the program's pid is written to it as one line. Without an fd 3 only the signals remain.
//
// NODE_OPTIONS and the like, when meant for the program alone, come as SLUICE_GUARDED_NODE_OPTIONS.
// Exit: the program's own code, 128+n after signal n, 127 not found, 126 found but not executable. No dependencies.
import { spawn } from 'node:child_process';
import { accessSync, closeSync, constants, fstatSync, openSync, readSync, readdirSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants as osConstants } from 'node:os';
import path from 'node:path';

const LIFELINE_FD = 3;
const GUARDED_PREFIX = 'SLUICE_GUARDED_';
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
const KILLED = 128 + osConstants.signals.SIGKILL;

let child;
const [program, ...args] = process.argv.slice(2);
if (program === undefined) leave(2, 'usage: guard.mjs PROGRAM ARGS...');

const file = locate(program) ?? leave(NOT_FOUND, `${program}: not found`);
if (!isExecutable(file)) leave(NOT_EXECUTABLE, `${program}: permission denied`);
if (!isOfThisMachine(file)) leave(NOT_EXECUTABLE, `${program}: exec format error`);

// Before the program starts: a signal between the two would end the guard and leave the program behind.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => signalGroup(signal));
process.once('exit', () => signalGroup('SIGKILL'));
child = spawn(file, args, { argv0: program, detached: true, stdio: 'inherit', env: programEnvironment() });
child.once('error', (error) =>
  leave(error.code === 'ENOENT' ? NOT_FOUND : NOT_EXECUTABLE, `${program}: ${error.code}`),
);
child.once('exit', (code, signal) => process.exit(code ?? 128 + osConstants.signals[signal]));

const kind = fstat(LIFELINE_FD);
if (kind?.isFIFO() || kind?.isSocket()) {
  const lifeline = new Socket({ fd: LIFELINE_FD, readable: true, writable: kind.isSocket() });
  lifeline.on('error', cut).on('end', cut).on('close', cut).resume();
  if (kind.isSocket() && child.pid !== undefined) lifeline.write(`${child.pid}\n`);
}

/** The starter is gone, or wants the program gone at once: no grace, and no code of the program's own. */
function cut() {
  signalGroup('SIGKILL');
  process.exit(KILLED);
}

/** The guard's own, with the variables that were hidden from the guard's Node under their own names. */
function programEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).map(([name, value]) => [
      name.startsWith(GUARDED_PREFIX) ? name.slice(GUARDED_PREFIX.length) : name,
      value,
    ]),
  );
}

/** Signals what is left of the program's group; a group that is gone is no error. */
function signalGroup(signal) {
  if (child?.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH' && error.code !== 'EPERM') throw error;
  }
}

/** The file that `name` means, by the rule of execvp(3): a name without a slash is looked for on PATH. */
function locate(name) {
  if (name.includes('/')) return exists(name) ? name : undefined;
  const candidates = (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder === '' ? '.' : folder, name))
    .filter(exists);
  return candidates.find(isExecutable) ?? candidates[0];
}

function exists(candidate) {
  try {
    return statSync(candidate).isFile();
  } catch {
    return false; // nothing there, or in a folder of PATH that is not ours to read: execvp(3) goes on as well
  }
}

function isExecutable(candidate) {
  try {
    accessSync(candidate, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether the kernel would run this file. It must be asked beforehand: glibc's execvp hands whatever the kernel refuses
 * to /bin/sh, so that a binary for another processor would fail with a syntax error instead of "exec format error".
 */
function isOfThisMachine(candidate) {
  if (process.platform !== 'linux') return true;
  const header = readHeader(candidate, 20);
  if (header === undefined || header.toString('latin1', 0, 2) === '#!' || hasForeignFormats()) return true;
  if (header.length < 20 || header.toString('latin1', 1, 4) !== 'ELF') return false;
  const machine = { x64: 62, arm64: 183 }[process.arch]; // e_machine of elf(5)
  return machine === undefined || header.readUInt16LE(18) === machine;
}

/** The first bytes of a file, or undefined when it may be run but not read. */
function readHeader(candidate, length) {
  let fd;
  try {
    fd = openSync(candidate, 'r');
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, readSync(fd, buffer));
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Whether binfmt_misc runs more than the kernel itself does (qemu for other processors, for instance). */
function hasForeignFormats() {
  try {
    return readdirSync('/proc/sys/fs/binfmt_misc').some((name) => name !== 'register' && name !== 'status');
  } catch {
    return false;
  }
}

function fstat(fd) {
  try {
    return fstatSync(fd);
  } catch {
    return undefined;
  }
}

function leave(code, message) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

import type { TarEntry } from '../../local/aws/images';

/** Answers with VERSION, and with 500 at /health where SICK is set; says so when it is asked to stop, and takes a moment. */
const SERVER = `
  import { createServer } from 'node:http';
  const { PORT = '8080', HOST = '0.0.0.0', VERSION = 'none', SICK, GRACE_MS = '0' } = process.env;
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/health' && SICK ? 500 : 200;
    response.setHeader('connection', 'close');
    response.end(VERSION);
  });
  process.on('SIGTERM', () => {
    console.log('asked to stop');
    setTimeout(() => {
      console.log('stopped in peace');
      process.exit(0);
    }, Number(GRACE_MS));
  });
  server.listen(Number(PORT), HOST, () => console.log(VERSION + ' listens on ' + HOST + ':' + PORT));
`;

/** Fills its memory until somebody minds. */
const HUNGRY = `const kept = []; for (;;) kept.push(Buffer.alloc(4 * 1024 * 1024, 1));`;

/** Says what it is and what it may. */
const ASKING = `
  import { execFileSync } from 'node:child_process';
  import { writeFileSync } from 'node:fs';
  let written = 'yes';
  try { writeFileSync('/written', ''); } catch (error) { written = error.code; }
  const files = execFileSync('/bin/sh', ['-c', 'ulimit -Hn']).toString().trim();
  console.log(JSON.stringify({ uid: process.getuid(), pid: process.pid, written, files, names: Object.keys(process.env) }));
  setInterval(() => {}, 1000);
`;

/** Of a processor that nobody has: an ELF header with an unknown machine. */
const FOREIGN = ['\x7fELF\x02\x01\x01', '\0'.repeat(9), '\x02\0\x7f\x7f', '\x01\0\0\0', '\0'.repeat(40)].join('');

export const PROGRAMS: readonly TarEntry[] = [
  { name: 'app/server.mjs', content: SERVER },
  { name: 'app/hungry.mjs', content: HUNGRY },
  { name: 'app/asking.mjs', content: ASKING },
  { name: 'app/foreign', content: FOREIGN, mode: 0o755 },
  { name: 'app/text', content: 'nothing to run', mode: 0o644 },
];

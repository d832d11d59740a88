// A local AWS with containers in a process of its own, to be killed. Prints where it answers, as one line of JSON.
//
//   node local-aws.mjs STATE-DIR [FAULT]
//
// FAULT is a fault as JSON, which is there from the start.
import { createRequire } from 'node:module';
import path from 'node:path';

const root = path.join(import.meta.dirname, '../../..');
const { startLocalAws } = createRequire(import.meta.url)(path.join(root, 'dist/local/aws/server.js'));

const [stateDir, fault] = process.argv.slice(2);
const guard = [process.execPath, path.join(root, 'bin/guard.mjs')];
const { endpoint, registryHost, faults } = await startLocalAws({ stateDir, guard, containers: {} });
if (fault !== undefined) faults.add(JSON.parse(fault));
process.stdout.write(`${JSON.stringify({ endpoint, registryHost })}\n`);

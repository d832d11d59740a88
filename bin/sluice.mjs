#!/usr/bin/env node
// Starts the compiled program, after making sure that it is there and is what the sources say.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { requireNode } from '../scripts/node-version.mjs';

requireNode();

// Before any AWS client is loaded: the SDK announces the end of its support for Node 20 on stderr.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
// What Node has to say about our dependencies helps whoever works on them, not whoever releases something.
if (process.env.SLUICE_DEBUG === undefined) process.removeAllListeners('warning');
process.setSourceMapsEnabled(true);

const root = fileURLToPath(new URL('..', import.meta.url));
try {
  // Without sources this is a copy that was compiled before it was packed.
  if (existsSync(`${root}bin/sluice.ts`)) await (await import('../scripts/ready.mjs')).ready(root);
} catch (error) {
  process.stderr.write(`sluice could not be compiled in ${root}: ${error.message}\n`);
  process.exit(2);
}

const { main } = createRequire(import.meta.url)('../dist/bin/sluice.js');
process.exitCode = await main(process.argv.slice(2));

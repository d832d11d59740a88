// Bundles queue-workflows.ts into the file that is named: in a process of its own, whose memory is nobody's figure.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';

const quiet = (): void => undefined;

async function main(): Promise<void> {
  const [target] = process.argv.slice(2);
  if (target === undefined) throw new Error('name the file to write');
  const workflowsPath = path.join(__dirname, 'queue-workflows.ts');
  const logger = { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet };
  const { code } = await bundleWorkflowCode({ workflowsPath, logger });
  writeFileSync(target, code);
}

void main();

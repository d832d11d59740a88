// Builds an image as a worker does, in a process of its own: node builder-process.cjs OPTIONS_AS_JSON
const { cp } = require('node:fs/promises');
const { MockActivityEnvironment } = require('@temporalio/testing');
const { createAwsClients } = require('../../../dist/activities/aws/clients.js');
const { createImageActivities } = require('../../../dist/activities/image/activities.js');

const { input, source, workDir, logDir, guard } = JSON.parse(process.argv[2]);

async function checkout({ directory, treeHash }) {
  await cp(source, directory, { recursive: true });
  return treeHash;
}

async function main() {
  const clients = createAwsClients();
  const { buildImage } = createImageActivities({ clients, workDir, logDir, guard, checkout });
  const { digest } = await new MockActivityEnvironment().run(buildImage, input);
  process.stdout.write(`${digest}\n`);
  clients.destroy();
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});

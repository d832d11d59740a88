const { execFileSync } = require('node:child_process');
const path = require('node:path');

const root = path.join(__dirname, '..', '..');

/**
 * What all test files need, once: the bundle of today's workflows, since those run from it, and a Temporal CLI, whose
 * installation on a new machine takes longer than any test may.
 */
module.exports = async () => {
  // In a process of its own: the bundler leaves handles open that would keep jest from ending.
  execFileSync(process.execPath, [path.join(root, 'scripts', 'ready.mjs')], { stdio: 'inherit' });
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const { findTemporal } = require(path.join(root, 'dist', 'local', 'temporal', 'find.js'));
  process.env.TEMPORAL_CLI_PATH = await findTemporal({
    guard: [process.execPath, path.join(root, 'bin', 'guard.mjs')],
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
};

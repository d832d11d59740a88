const { execFileSync } = require('node:child_process');
const path = require('node:path');

// Tests run the sources, but workflows run from their bundle: it has to be today's. In a process of its own, since the
// bundler leaves handles open that would keep jest from ending.
module.exports = () => {
  execFileSync(process.execPath, [path.join(__dirname, '..', '..', 'scripts', 'ready.mjs')], { stdio: 'inherit' });
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
};

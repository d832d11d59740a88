#!/usr/bin/env node
// A stand-in for `sonar-scanner` by its documented contract: properties from -D, from the file that `project.settings`
// names or else from sonar-project.properties of the project, the token from SONAR_TOKEN, and report-task.txt in the
// working directory. What it sends is what a test wants to see: revision, files and reports.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const given = Object.fromEntries(
  process.argv
    .slice(2)
    .filter((argument) => argument.startsWith('-D'))
    .map((argument) => [argument.slice(2, argument.indexOf('=')), argument.slice(argument.indexOf('=') + 1)]),
);
const base = given['sonar.projectBaseDir'] ?? process.cwd();
const settings = given['project.settings'] ?? path.join(base, 'sonar-project.properties');
const lines = existsSync(settings)
  ? readFileSync(settings, 'utf8')
      .split('\n')
      .filter((line) => line.includes('='))
  : [];
const fromFile = Object.fromEntries(
  lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
);
const properties = { ...fromFile, ...given };
const host = properties['sonar.host.url'] ?? process.env.SONAR_HOST_URL;
const token = process.env.SONAR_TOKEN ?? '';

const files = readdirSync(base, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => path.relative(base, path.join(entry.parentPath, entry.name)))
  .sort();
const coverage = properties['sonar.python.coverage.reportPaths'];
const response = await fetch(`${host}/api/ce/submit`, {
  method: 'POST',
  headers: {
    authorization: `Basic ${Buffer.from(`${token}:`).toString('base64')}`,
    'content-type': 'application/json',
  },
  body: JSON.stringify({
    project: properties['sonar.projectKey'],
    revision: properties['sonar.scm.revision'],
    properties,
    base,
    files,
    ...(coverage &&
      existsSync(path.join(base, coverage)) && { coverage: readFileSync(path.join(base, coverage), 'utf8') }),
  }),
});
if (response.status !== 200) {
  process.stderr.write(`ERROR: Error during SonarScanner execution: ${response.status}\n`);
  process.exit(2);
}
const { taskId } = await response.json();
const work = properties['sonar.working.directory'] ?? path.join(base, '.scannerwork');
mkdirSync(work, { recursive: true });
writeFileSync(
  path.join(work, 'report-task.txt'),
  `projectKey=${properties['sonar.projectKey']}\nserverUrl=${host}\nserverVersion=2026.1.0.1\n` +
    `dashboardUrl=${host}/dashboard?id=x\nceTaskId=${taskId}\nceTaskUrl=${host}/api/ce/task?id=${taskId}\n`,
);
process.stdout.write(
  `INFO: More about the report processing at ${host}/api/ce/task?id=${taskId}\nINFO: EXECUTION SUCCESS\n`,
);

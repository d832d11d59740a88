#!/usr/bin/env node
// A stand-in for `trivy fs` by its published contract: its options, where it looks for settings that nobody named, its exit
// codes, and its JSON report (schema version 2, as integration/testdata/npm.json.golden of aquasecurity/trivy shows it).
// It knows requirements.txt and package-lock.json, and the vulnerabilities in the file trivy-db.json beside it.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

const text = { type: 'string' };
const flag = { type: 'boolean' };
const options = {
  format: text,
  output: text,
  scanners: text,
  severity: text,
  'exit-code': text,
  config: text,
  ignorefile: text,
  'cache-dir': text,
  timeout: text,
  vex: text,
  'list-all-pkgs': flag,
  'no-progress': flag,
  'skip-version-check': flag,
  'disable-telemetry': flag,
  'ignore-unfixed': flag,
  'include-dev-deps': flag,
  'skip-db-update': flag,
  'skip-java-db-update': flag,
  'offline-scan': flag,
};

function fatal(message) {
  process.stderr.write(`2026-11-23T11:00:00Z\tFATAL\tFatal error\t${message}\n`);
  process.exit(1);
}

function parse() {
  try {
    return parseArgs({ args: process.argv.slice(2), options, allowPositionals: true });
  } catch (error) {
    return fatal(error.message);
  }
}

const { values, positionals } = parse();
const [command, folder] = positionals;
if (command !== 'fs' || folder === undefined) fatal('unknown command');
const db = JSON.parse(readFileSync(path.join(import.meta.dirname, 'trivy-db.json'), 'utf8'));
writeFileSync(path.join(import.meta.dirname, 'trivy-calls.json'), JSON.stringify(process.argv.slice(2)));
if (db.fails !== undefined) fatal(db.fails);

/** As Trivy does: what is named, else what lies in the working folder. */
function settingsFile(named, usual) {
  if (named !== undefined && !existsSync(named)) fatal(`config file "${named}" not found`);
  return existsSync(named ?? usual) ? readFileSync(named ?? usual, 'utf8') : '';
}
const config = settingsFile(values.config, 'trivy.yaml');
const ignored = settingsFile(values.ignorefile, '.trivyignore').split('\n');
const severities = (
  /^severity: \[(.*)\]$/m.exec(config)?.[1] ??
  values.severity ??
  'UNKNOWN,LOW,MEDIUM,HIGH,CRITICAL'
).split(/, ?/);

function packagesOf(file) {
  const content = readFileSync(file, 'utf8');
  if (path.basename(file) === 'requirements.txt') {
    return [...content.matchAll(/^([A-Za-z0-9][\w.-]*)==([\w.]+)/gm)].map(([, name, version]) => ({ name, version }));
  }
  try {
    return Object.entries(JSON.parse(content).packages ?? {})
      .filter(([key, { dev }]) => key !== '' && (values['include-dev-deps'] || !dev))
      .map(([key, { version }]) => ({ name: key.replace(/^.*node_modules\//, ''), version }));
  } catch {
    return []; // a parse error is in its debug log alone
  }
}

const results = [];
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !['requirements.txt', 'package-lock.json'].includes(entry.name)) continue;
  const file = path.join(entry.parentPath, entry.name);
  if (/node_modules|vendor/.test(path.relative(folder, file))) continue;
  const packages = packagesOf(file);
  if (packages.length === 0) continue;
  const type = entry.name === 'requirements.txt' ? 'pip' : 'npm';
  const found = packages.flatMap(({ name, version }) =>
    db.vulnerabilities
      .filter((each) => each.PkgName === name && each.InstalledVersion === version)
      .filter((each) => severities.includes(each.Severity) && !ignored.includes(each.VulnerabilityID))
      .filter((each) => !values['ignore-unfixed'] || each.FixedVersion)
      .map((each) => ({
        VulnerabilityID: each.VulnerabilityID,
        PkgID: `${name}@${version}`,
        PkgName: name,
        PkgIdentifier: { PURL: `pkg:${type === 'pip' ? 'pypi' : 'npm'}/${name}@${version}`, UID: 'e19e84d31f72b60c' },
        InstalledVersion: version,
        ...(each.FixedVersion && { FixedVersion: each.FixedVersion, Status: 'fixed' }),
        SeveritySource: 'ghsa',
        PrimaryURL: `https://avd.aquasec.com/nvd/${each.VulnerabilityID.toLowerCase()}`,
        DataSource: { ID: 'ghsa', Name: 'GitHub Security Advisory', URL: 'https://github.com/advisories' },
        Title: each.Title ?? 'a title',
        Description: 'A description.',
        Severity: each.Severity,
        CweIDs: ['CWE-79'],
        VendorSeverity: { ghsa: 3 },
        References: ['https://nvd.nist.gov/'],
        PublishedDate: '2019-04-20T00:29:00Z',
        LastModifiedDate: '2021-10-20T11:15:00Z',
      })),
  );
  results.push({
    Target: path.relative(folder, file),
    Class: 'lang-pkgs',
    Type: type,
    Packages: packages.map(({ name, version }) => ({
      ...(type === 'npm' && { ID: `${name}@${version}` }),
      Name: name,
      Identifier: { PURL: `pkg:${type}/${name}@${version}`, UID: '199d95f873330bd3' },
      Version: version,
    })),
    ...(found.length > 0 && { Vulnerabilities: found }),
  });
}
const report = {
  SchemaVersion: 2,
  ReportID: '017b7d41-e09f-7000-80ea-000000000001',
  CreatedAt: '2026-11-23T11:00:00.000000005Z',
  ArtifactName: folder,
  ArtifactType: 'filesystem',
  ...(results.length > 0 && { Results: results }),
};
process.stderr.write(`2026-11-23T11:00:00Z\tINFO\tNumber of language-specific files\tnum=${results.length}\n`);
writeFileSync(values.output, db.report ?? JSON.stringify(report, null, 2));
process.exitCode =
  db.exitCode ?? (results.some(({ Vulnerabilities }) => Vulnerabilities) ? Number(values['exit-code'] ?? 0) : 0);

// Scans every file of a folder for secrets with the rules that secretlint recommends.
//
//   node secretlint-scan.mjs FOLDER REPORT
//
// Writes {"files": N, "skipped": [path...], "findings": [{"file", "line", "rule"}...]} to REPORT, and never a secret anywhere.
// Exit 0 whenever the report is whole.
//
// It takes the rules and not secretlint's command line, because that reads what the scanned commit says about itself: ignore
// files, comments that switch rules off, folders called node_modules, and names that end as those of binary files do.
import { lintSource } from '@secretlint/core';
import { rules } from '@secretlint/secretlint-rule-preset-recommend';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';

/** Rules take strings, and V8 has no longer ones than 512 MiB. */
const MAX_FILE_BYTES = 64 * 1024 ** 2;
/** How far Git itself looks for a NUL to tell binary files from text. */
const BINARY_WINDOW = 8_000;

const [folder, report] = process.argv.slice(2);
if (folder === undefined || report === undefined) throw new Error('usage: secretlint-scan.mjs FOLDER REPORT');

// secretlint marks each file for its profiler, which searches all marks at each mark: minutes for some thousand files.
performance.mark = () => undefined;

// Each rule by itself: within the preset, comments of the scanned file can switch the others off.
const config = {
  rules: rules
    .filter(({ meta }) => meta.id !== '@secretlint/secretlint-rule-filter-comments')
    .map((rule) => ({ id: rule.meta.id, rule })),
};
const found = { files: 0, skipped: [], findings: [] };

for await (const { file, name } of filesOf(Buffer.from(folder), '')) {
  if (found.files % 500 === 499) console.log(`${found.files + 1} files`);
  if ((await stat(file)).size > MAX_FILE_BYTES) {
    found.skipped.push(name);
    continue;
  }
  const bytes = await readFile(file);
  found.files++;
  const { messages } = await lintSource({
    source: { filePath: path.join(folder, name), ext: path.extname(name), ...contentOf(bytes) },
    options: { config, maskSecrets: true },
  });
  for (const { type, loc, ruleId, messageId } of messages) {
    if (type === 'message')
      found.findings.push({ file: name, line: loc.start.line, rule: `${ruleId.split('rule-').at(-1)}/${messageId}` });
  }
}
await writeFile(report, JSON.stringify(found), { mode: 0o600 });

/** Files in the order of their names, links not followed. Names are bytes: a commit may hold some that are not UTF-8. */
async function* filesOf(directory, prefix) {
  const entries = await readdir(directory, { withFileTypes: true, encoding: 'buffer' });
  for (const entry of entries.sort((a, b) => Buffer.compare(a.name, b.name))) {
    const name = prefix + entry.name.toString();
    const file = Buffer.concat([directory, Buffer.from('/'), entry.name]);
    if (name === '.git') continue;
    if (entry.isDirectory()) yield* filesOf(file, `${name}/`);
    else if (entry.isFile()) yield { file, name };
  }
}

/** What a file is, by what is in it and never by its name. PowerShell writes UTF-16. */
function contentOf(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { contentType: 'text', content: bytes.toString('utf16le') };
  const contentType = bytes.subarray(0, BINARY_WINDOW).includes(0) ? 'binary' : 'text';
  return { contentType, content: bytes.toString() };
}

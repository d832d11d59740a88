import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PACKAGE_ROOT } from '../../../bin/root';
import { parseReleaseConfig } from '../../../model/config/parse';

const EXAMPLES = path.join(PACKAGE_ROOT, 'examples');

it.each(readdirSync(EXAMPLES))('release.yml of the example %s is one that would be released', (name) => {
  const file = path.join(EXAMPLES, name, 'release.yml');
  expect(parseReleaseConfig(readFileSync(file, 'utf8'), file)).toMatchObject({ ok: true, config: { project: name } });
});

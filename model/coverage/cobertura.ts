import { attribute, children, element, readXml } from '../xml';
import type { XmlElement } from '../xml';
import { createLineHits, parseCount, parseLineNumber } from './line-hits';
import { unreadable } from './report';
import type { CoverageReport } from './report';
import { relativeToRoot } from './report-path';

/** Elements that may come once or many times. */
const LISTS = new Set([
  'package',
  'class',
  'method',
  'line',
  'source',
  'packages',
  'classes',
  'methods',
  'lines',
  'sources',
]);

/**
 * Reads a Cobertura report (coverage-04.dtd) from its `<line>` elements alone: `line-rate` has been seen as 1 and as NaN
 * for nothing at all, and the sums are the writer's. No entity is expanded and no DTD is fetched.
 */
export function parseCobertura(text: string, root: string): CoverageReport {
  const xml = readXml(text, LISTS);
  if (!xml.ok) return unreadable(xml.why);
  const coverage = xml.document['coverage'];
  if (coverage === undefined) return unreadable('its root is not `<coverage>`');

  const folder = sourceFolder(element(coverage));
  const lines = createLineHits();
  for (const each of descend(coverage, ['packages', 'package', 'classes', 'class'])) {
    const name = attribute(each, 'filename');
    if (name === undefined || name === '') return unreadable('a `<class>` has no `filename`');
    const file = relativeToRoot(isAbsolute(name) || folder === undefined ? name : `${folder}/${name}`, root);
    lines.file(file);
    // Methods repeat lines of their class, and some writers list them nowhere else.
    for (const line of [
      ...descend(each, ['lines', 'line']),
      ...descend(each, ['methods', 'method', 'lines', 'line']),
    ]) {
      const at = parseLineNumber(attribute(line, 'number') ?? '');
      const hits = parseCount(attribute(line, 'hits') ?? '');
      if (at === undefined || hits === undefined)
        return unreadable(`a \`<line>\` of ${file} has no \`number\` or no \`hits\``);
      lines.hit(file, at, hits);
      const branches = /\((\d{1,9})\/(\d{1,9})\)/.exec(attribute(line, 'condition-coverage') ?? '');
      if (branches) lines.branches(file, String(at), Number(branches[1]), Number(branches[2]));
    }
  }
  return { ok: true, files: lines.counts() };
}

/** Where file names begin. With several sources nobody can say which one a name belongs to: it is taken from the root. */
function sourceFolder(coverage: XmlElement): string | undefined {
  const sources = descend(coverage, ['sources', 'source']).map((source) =>
    typeof source === 'string' ? source.trim() : '',
  );
  const distinct = [...new Set(sources.filter((source) => source !== ''))];
  return distinct.length === 1 ? distinct[0] : undefined;
}

function isAbsolute(path: string): boolean {
  return /^(?:[/\\]|[A-Za-z]:[/\\])/.test(path);
}

function descend(from: unknown, names: readonly string[]): unknown[] {
  return names.reduce<unknown[]>((parents, name) => parents.flatMap((parent) => children(parent, name)), [from]);
}

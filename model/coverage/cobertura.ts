import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { createLineHits, parseCount, parseLineNumber } from './line-hits';
import { unreadable } from './report';
import type { CoverageReport } from './report';
import { relativeToRoot } from './report-path';

type Element = Readonly<Record<string, unknown>>;

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
  const valid = XMLValidator.validate(text);
  if (valid !== true) return unreadable(`line ${valid.err.line} is not well-formed XML`);
  let document: unknown;
  try {
    document = parser().parse(text);
  } catch {
    return unreadable('it is not XML that can be read safely');
  }
  const coverage = element(document)['coverage'];
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
    }
  }
  return { ok: true, files: lines.counts() };
}

function parser(): XMLParser {
  return new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    parseAttributeValue: false,
    parseTagValue: false,
    processEntities: false,
    isArray: (name) => LISTS.has(name),
  });
}

/** Where file names begin. With several sources nobody can say which one a name belongs to: it is taken from the root. */
function sourceFolder(coverage: Element): string | undefined {
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
  return names.reduce<unknown[]>(
    (parents, name) =>
      parents.flatMap((parent) => {
        const children = element(parent)[name];
        return Array.isArray(children) ? (children as unknown[]) : [];
      }),
    [from],
  );
}

function element(value: unknown): Element {
  return typeof value === 'object' && value !== null ? (value as Element) : {};
}

/** The five entities that XML itself knows; they are left alone above, with all the others. */
const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&amp;': '&',
};

function attribute(value: unknown, name: string): string | undefined {
  const raw = element(value)[`@${name}`];
  return typeof raw === 'string'
    ? raw.replaceAll(/&(?:lt|gt|quot|apos|amp);/g, (entity) => ENTITIES[entity] ?? entity)
    : undefined;
}

import { isAlias, isMap, isNode, isScalar, isSeq, Lexer, LineCounter, parseDocument, visit } from 'yaml';
import type { Document, Node } from 'yaml';

/** Pages of text; a release.yml is one or two. */
const MAX_BYTES = 256 * 1024;
/** Aliases may repeat a part, not multiply it ("billion laughs"). */
const MAX_ALIASES = 50;
const MAX_EXPANDED_CHARS = 1024 * 1024;
/** Collections opened inside one another on one line; `release.yml` needs 4, `policy.yml` 6. The parser recurses, and far enough it takes the process with it. */
const MAX_NESTING = 32;

export type PathPart = string | number;

export interface Position {
  line: number;
  column: number;
}

export interface Found extends Position {
  path: readonly PathPart[];
  message: string;
}

/** A YAML text as plain values, that can tell where each value was written. */
export interface YamlSource {
  value: unknown;
  /** Where the value at `path` is written, or the nearest thing around it that is there. */
  locate(path: readonly PathPart[]): Position;
  /** Where `key` itself is written in the mapping at `path`. */
  locateKey(path: readonly PathPart[], key: string): Position;
}

/** Reads one YAML 1.2 document. Never throws: whatever is wrong with the text comes back as sentences with places. */
export function readYaml(text: string): YamlSource | { problems: Found[] } {
  if (Buffer.byteLength(text) > MAX_BYTES) {
    return { problems: [at(1, 1, `the file is larger than ${MAX_BYTES / 1024} KiB; nobody could review that`)] };
  }
  const lines = new LineCounter();
  const nested = findDeepNesting(text);
  if (nested) return { problems: [nested] };
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const problems = [...syntaxProblems(document, position), ...unusableNodes(document, position)];
  if (problems.length > 0) return { problems };
  const value = toPlain(document);
  if (value === TOO_LARGE) {
    const [offset] = firstAlias(document)?.range ?? [0];
    const message =
      'the anchors and aliases (`&x`, `*x`) of this file refer to themselves or expand to too much; write the parts out';
    return { problems: [{ ...position(offset), path: [], message }] };
  }
  return { value, ...locator(document, position) };
}

function at(line: number, column: number, message: string): Found {
  return { line, column, path: [], message };
}

function findDeepNesting(text: string): Found | undefined {
  let line = 1;
  let flow = 0;
  let compact = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') flow++;
    else if (token === ']' || token === '}') flow--;
    else if (token === '-' || token === '?') compact++;
    else if (/^[\r\n]/.test(token)) compact = 0;
    if (flow > MAX_NESTING || compact > MAX_NESTING) {
      return at(
        line,
        1,
        `more than ${MAX_NESTING} collections are nested in one another here; write them over several lines, or leave them out`,
      );
    }
    line += token.split('\n').length - 1;
  }
  return undefined;
}

/** Only the first error of syntax: those that follow it are mostly its echo. */
function syntaxProblems(document: Document, position: (offset: number) => Position): Found[] {
  return [...document.errors, ...document.warnings].slice(0, 1).map(({ code, message, pos }) => ({
    ...position(pos[0]),
    path: [],
    message: SYNTAX_SENTENCES[code] ?? `this is not valid YAML: ${lowerFirst(message)}`,
  }));
}

const SYNTAX_SENTENCES: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'this line is indented with a tab; YAML takes only spaces',
  MULTIPLE_DOCS: 'a second YAML document starts here (`---`); this file is one document',
  TAG_RESOLVE_FAILED: 'this tag (`!…`) has no meaning here; remove it',
};

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** What is YAML but has no plain counterpart: keys that are not text or come twice, aliases to nothing. */
function unusableNodes(document: Document, position: (offset: number) => Position): Found[] {
  const found: Found[] = [];
  const report = (node: unknown, message: string): void =>
    void found.push({ ...position(start(node) ?? 0), path: [], message });
  let aliases = 0;
  visit(document, {
    Map(_, { items }) {
      // The library's own check compares each key with each.
      const seen = new Set<string>();
      for (const { key } of items) {
        const name = isScalar(key) ? key.value : undefined;
        if (typeof name !== 'string') report(key, 'this key is not text; write it in quotes');
        // Plain objects treat this one key as their own, so that what is under it would vanish unseen.
        else if (name === '__proto__') report(key, 'unknown key `__proto__`; remove it');
        else if (seen.has(name)) report(key, 'this key was given before in the same mapping; keep one of the two');
        else seen.add(name);
      }
    },
    Alias(_, node) {
      // Finding an anchor means walking through the whole document.
      if (++aliases > MAX_ALIASES) {
        report(node, `more than ${MAX_ALIASES} aliases (\`*x\`); write the parts out`);
        return visit.BREAK;
      }
      if (node.resolve(document) === undefined)
        report(node, 'this alias (`*x`) names no anchor (`&x`) written before it');
      return undefined;
    },
  });
  return found;
}

const TOO_LARGE = Symbol('too large');

function toPlain(document: Document): unknown {
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    // Aliased parts are shared until somebody writes them out, as the plan of a release is.
    return JSON.stringify(value ?? null).length > MAX_EXPANDED_CHARS ? TOO_LARGE : value;
  } catch {
    return TOO_LARGE; // the alias limit, or a cycle
  }
}

function firstAlias(document: Document): Node | undefined {
  let first: Node | undefined;
  visit(document, {
    Alias(_, node) {
      first = node;
      return visit.BREAK;
    },
  });
  return first;
}

function locator(document: Document, position: (offset: number) => Position): Pick<YamlSource, 'locate' | 'locateKey'> {
  const resolve = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node);
  const step = (parent: unknown, part: PathPart): { key?: unknown; value?: unknown } | undefined => {
    const node = resolve(parent);
    if (isMap(node)) return node.items.find(({ key }) => isScalar(key) && key.value === String(part));
    return isSeq(node) ? { value: node.items[Number(part)] } : undefined;
  };
  const walk = (path: readonly PathPart[]): { offset: number; node: unknown } => {
    let node: unknown = document.contents;
    let offset = start(node) ?? 0;
    for (const part of path) {
      const next = step(node, part);
      // Nothing there: the key that holds what lacks it is the place to look at.
      if (next === undefined) return { offset, node: undefined };
      offset =
        start(isEmptyScalar(next.value) || isBlock(next.value) ? (next.key ?? next.value) : next.value) ??
        start(next.key) ??
        offset;
      node = next.value;
    }
    return { offset, node };
  };
  return {
    locate: (path) => position(walk(path).offset),
    locateKey(path, key) {
      const { offset, node } = walk(path);
      return position(start(step(node, key)?.key) ?? offset);
    },
  };
}

function start(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/** A mapping over several lines starts at its first key, which is seldom what is wrong: its name is the better place. */
function isBlock(node: unknown): boolean {
  return (isMap(node) || isSeq(node)) && node.flow !== true;
}

function isEmptyScalar(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** A parsed element: attributes under `@name`, children under their names. Strings where an element holds text alone. */
export type XmlElement = Readonly<Record<string, unknown>>;

export type ReadXml = { ok: true; document: XmlElement } | { ok: false; why: string };

/**
 * Reads XML that anybody may have written. No entity is expanded, no DTD is fetched, and a document that declares
 * entities of its own is not read at all. Elements named in `lists` may come many times, and are lists always.
 */
export function readXml(text: string, lists: ReadonlySet<string>): ReadXml {
  if (declaresEntities(text)) return { ok: false, why: 'it declares entities of its own' };
  try {
    const valid = XMLValidator.validate(text);
    if (valid !== true) return { ok: false, why: `line ${valid.err.line} is not well-formed XML` };
    const parser = new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: '@',
      parseAttributeValue: false,
      parseTagValue: false,
      processEntities: false,
      isArray: (name) => lists.has(name),
    });
    return { ok: true, document: element(parser.parse(text)) };
  } catch {
    return { ok: false, why: 'it is not XML that can be read safely' };
  }
}

/** A DOCTYPE with an internal subset, which is where entities are declared. */
function declaresEntities(text: string): boolean {
  const doctype = text.search(/<!DOCTYPE/i);
  const root = text.search(/<[A-Za-z_:]/);
  if (doctype < 0 || (root >= 0 && root < doctype)) return false;
  const [subset, end] = [text.indexOf('[', doctype), text.indexOf('>', doctype)];
  return subset >= 0 && (end < 0 || subset < end);
}

export function element(value: unknown): XmlElement {
  return typeof value === 'object' && value !== null ? (value as XmlElement) : {};
}

/** Children of that name, for a name that is a list; empty where there are none. */
export function children(parent: unknown, name: string): unknown[] {
  const found = element(parent)[name];
  return Array.isArray(found) ? (found as unknown[]) : [];
}

/** The five entities that XML itself knows; they are left alone above, with all the others. */
const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&amp;': '&',
};

export function attribute(value: unknown, name: string): string | undefined {
  const raw = element(value)[`@${name}`];
  return typeof raw === 'string'
    ? raw.replaceAll(/&(?:lt|gt|quot|apos|amp);/g, (entity) => ENTITIES[entity] ?? entity)
    : undefined;
}

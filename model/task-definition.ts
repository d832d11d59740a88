import { createHash } from 'node:crypto';
import { canonicalJson, isJsonObject, objectsOf, textOf } from './json';
import type { Json, JsonObject } from './json';

/** What DescribeTaskDefinition adds and RegisterTaskDefinition does not take. Source: ECS's API model. */
const OUTPUT_ONLY = new Set([
  'taskDefinitionArn',
  'revision',
  'status',
  'requiresAttributes',
  'compatibilities',
  'registeredAt',
  'registeredBy',
  'deregisteredAt',
  'deleteRequestedAt',
]);

/** Lists in which ECS keeps no order of its own. */
const SETS = new Set(['environment', 'secrets']);

export interface RevisionChange {
  container: string;
  imageReference: string;
  /** Values may contain `${commit}`. */
  environment: Record<string, string>;
  commit: string;
}

export function containersOf(definition: JsonObject): { name: string; image: string; essential: boolean }[] {
  return objectsOf(definition['containerDefinitions']).map((container) => ({
    name: textOf(container['name']) ?? '',
    image: textOf(container['image']) ?? '',
    essential: container['essential'] !== false,
  }));
}

/**
 * The definition to register: a whole copy, fields unknown to us included, in which only the image and the named
 * environment variables of one container differ. The container must exist.
 */
export function changedDefinition(definition: JsonObject, change: RevisionChange): JsonObject {
  return mapContainers(definition, (container) =>
    container['name'] === change.container
      ? {
          ...container,
          image: change.imageReference,
          ...(Object.keys(change.environment).length === 0
            ? {}
            : { environment: withVariables(container['environment'], change) }),
        }
      : container,
  );
}

/** A copy in which the named containers' images, named by a tag so far, are replaced by references to the same by digest. */
export function pinnedDefinition(definition: JsonObject, pins: Record<string, string>): JsonObject {
  return mapContainers(definition, (container) => {
    const pin = pins[textOf(container['name']) ?? ''];
    // Whatever is not a digest of the very same image is no pin of it.
    const isPin = pin?.startsWith(`${withoutTag(textOf(container['image']) ?? '')}@`) === true;
    return isPin ? { ...container, image: pin } : container;
  });
}

/** References by digest for the containers that a definition names by tag only, as far as their digests are known. */
export function pinsFor(definition: JsonObject, digests: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    containersOf(definition).flatMap(({ name, image }) => {
      const digest = digests[name];
      return digest === undefined || image.includes('@') ? [] : [[name, `${withoutTag(image)}@${digest}`]];
    }),
  );
}

/** Two definitions with the same content make the same tasks; who registered them and when does not count. */
export function contentHash(definition: JsonObject): string {
  return createHash('sha256')
    .update(canonicalJson(normal(registrable(definition))))
    .digest('hex');
}

/** What a revision would change, for people: no values of environment variables, which may be private. */
export function describeChanges(from: JsonObject, to: JsonObject): string[] {
  const before = new Map(objectsOf(from['containerDefinitions']).map((container) => [container['name'], container]));
  return objectsOf(to['containerDefinitions']).flatMap((after) => {
    const old = before.get(after['name'] ?? null);
    if (old === undefined) return [];
    const name = textOf(after['name']) ?? '';
    return [
      ...(old['image'] === after['image']
        ? []
        : [`${name}: image ${textOf(old['image']) ?? 'none'} → ${textOf(after['image']) ?? 'none'}`]),
      ...variableChanges(name, variables(old), variables(after)),
    ];
  });
}

function variableChanges(container: string, before: Map<string, Json>, after: Map<string, Json>): string[] {
  return [...after].flatMap(([name, value]) => {
    if (!before.has(name)) return [`${container}: environment + ${name}`];
    return before.get(name) === value ? [] : [`${container}: environment ~ ${name}`];
  });
}

function variables(container: JsonObject): Map<string, Json> {
  return new Map(
    objectsOf(container['environment']).map((entry) => [textOf(entry['name']) ?? '', entry['value'] ?? null]),
  );
}

/** Replaces in place and appends what is new, so that a diff of two revisions shows nothing else. */
function withVariables(existing: Json | undefined, { environment, commit }: RevisionChange): Json[] {
  const wanted = new Map(
    Object.entries(environment).map(([name, value]) => [name, value.replaceAll('${commit}', commit)]),
  );
  const kept = objectsOf(existing).map((entry) => {
    const value = wanted.get(textOf(entry['name']) ?? '');
    return value === undefined ? entry : { ...entry, value };
  });
  const known = new Set(kept.map((entry) => entry['name']));
  const added = [...wanted].filter(([name]) => !known.has(name)).map(([name, value]) => ({ name, value }));
  return [...kept, ...added];
}

/** Drops what cannot be registered again. */
function registrable(definition: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(definition).filter(([key, value]) => !OUTPUT_ONLY.has(key) && value !== null),
  );
}

function mapContainers(definition: JsonObject, change: (container: JsonObject) => JsonObject): JsonObject {
  return {
    ...registrable(definition),
    containerDefinitions: objectsOf(definition['containerDefinitions']).map(change),
  };
}

/** Without what ECS fills in on its own: nulls, empty lists and objects; unordered lists in order. */
function normal(value: Json, key = ''): Json {
  if (Array.isArray(value)) {
    const items = value.map((item) => normal(item));
    return SETS.has(key) ? items.sort((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1)) : items;
  }
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, member]): [string, Json] => [name, normal(member, name)])
      .filter(([, member]) => !isEmpty(member)),
  );
}

function isEmpty(value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === null || (isJsonObject(value) && Object.keys(value).length === 0);
}

/** `host:5000/name:tag` without its tag: a colon before the last slash is the registry's port. */
function withoutTag(image: string): string {
  const colon = image.indexOf(':', image.lastIndexOf('/') + 1);
  return colon === -1 ? image : image.slice(0, colon);
}

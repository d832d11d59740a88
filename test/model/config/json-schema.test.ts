import { readFileSync } from 'node:fs';
import path from 'node:path';
import { releaseJsonSchema, releaseJsonSchemaText } from '../../../model/config/json-schema';
import { policyJsonSchema, policyJsonSchemaText } from '../../../model/policy/json-schema';

type Schema = Record<string, unknown>;

const at = (schema: Schema, ...keys: string[]): Schema => keys.reduce((inner, key) => inner[key] as Schema, schema);

const FILES: [string, () => Schema, () => string][] = [
  ['release', releaseJsonSchema, releaseJsonSchemaText],
  ['policy', policyJsonSchema, policyJsonSchemaText],
];

describe.each(FILES)('the JSON Schema of %s.yml for editors', (name, schemaOf, textOf) => {
  it('is the one that is checked in (else run `node scripts/schema.mjs`)', () => {
    expect(readFileSync(path.join(__dirname, `../../../docs/${name}.schema.json`), 'utf8')).toBe(textOf());
  });

  it('describes every key, and allows no other', () => {
    const undescribed: string[] = [];
    const open: string[] = [];
    const walk = (schema: unknown, where: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      for (const [key, value] of Object.entries((schema as Schema)['properties'] ?? {}) as [string, Schema][]) {
        if (typeof value['description'] !== 'string') undescribed.push(`${where}.${key}`);
        walk(value, `${where}.${key}`);
      }
      if ((schema as Schema)['properties'] && (schema as Schema)['additionalProperties'] !== false) open.push(where);
      for (const key of ['additionalProperties', 'items']) walk((schema as Schema)[key], `${where}.*`);
      for (const variant of ((schema as Schema)['oneOf'] ?? (schema as Schema)['anyOf'] ?? []) as unknown[])
        walk(variant, where);
    };
    walk(schemaOf(), '');
    expect(undescribed).toEqual([]);
    expect(open).toEqual([]);
  });
});

describe('the JSON Schema of release.yml', () => {
  it('knows the defaults, as people write them', () => {
    const gate = at(releaseJsonSchema(), 'properties', 'gates', 'additionalProperties');
    expect(at(gate, 'properties', 'timeout')).toMatchObject({ type: 'string', default: '10m' });
    expect(gate['oneOf']).toEqual([{ required: ['run'] }, { required: ['uses'] }]);
  });

  it('asks only for what has no default', () => {
    const schema = releaseJsonSchema();
    expect(schema['required']).toEqual(['project', 'gates', 'image']);
    const service = at(
      schema,
      'properties',
      'environments',
      'additionalProperties',
      'properties',
      'services',
      'additionalProperties',
    );
    expect(service['required']).toEqual(['health']);
  });
});

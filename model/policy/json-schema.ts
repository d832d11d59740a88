import { z } from 'zod';
import { policyFileSchema } from './schema';

/** JSON Schema (draft 2020-12) of `policy.yml`, for editors: made from the very schema that Sluice parses with. */
export function policyJsonSchema(): Record<string, unknown> {
  return {
    $id: 'policy.schema.json',
    title: 'policy.yml of Sluice',
    ...z.toJSONSchema(policyFileSchema, { io: 'input' }),
  };
}

/** What docs/policy.schema.json holds. */
export function policyJsonSchemaText(): string {
  return `${JSON.stringify(policyJsonSchema(), null, 2)}\n`;
}

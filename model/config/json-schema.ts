import { z } from 'zod';
import { releaseFileSchema } from './schema';

/** JSON Schema (draft 2020-12) of `release.yml`, for editors: made from the very schema that Sluice parses with. */
export function releaseJsonSchema(): Record<string, unknown> {
  return {
    $id: 'release.schema.json',
    title: 'release.yml of Sluice',
    ...z.toJSONSchema(releaseFileSchema, { io: 'input' }),
  };
}

/** What docs/release.schema.json holds. */
export function releaseJsonSchemaText(): string {
  return `${JSON.stringify(releaseJsonSchema(), null, 2)}\n`;
}

import type { TypedSearchAttributes } from '@temporalio/common';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { SearchAttributeValues } from '../model/search-attributes';

type Pair = ReturnType<TypedSearchAttributes['getAll']>[number];

/** Search attributes as the SDK's client wants them at the start of a workflow. */
export function attributePairs(values: SearchAttributeValues): Pair[] {
  return Object.entries(values).map(([name, value]) =>
    typeof value === 'string'
      ? { key: defineSearchAttributeKey(name, 'KEYWORD'), value }
      : { key: defineSearchAttributeKey(name, 'KEYWORD_LIST'), value },
  );
}

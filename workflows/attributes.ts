import type { SearchAttributePair } from '@temporalio/common';
import { defineSearchAttributeKey } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import type { SearchAttributeValues } from '../model/search-attributes';

/** Search attributes as the SDK wants them: at the start of a workflow, and for `setAttributes`. */
export function attributePairs(values: SearchAttributeValues): SearchAttributePair[] {
  return Object.entries(values).map(([name, value]) =>
    typeof value === 'string'
      ? { key: defineSearchAttributeKey(name, 'KEYWORD'), value }
      : { key: defineSearchAttributeKey(name, 'KEYWORD_LIST'), value },
  );
}

/** Sets search attributes of the running workflow. Each call is one event: only for what people filter by. */
export function setAttributes(values: SearchAttributeValues): void {
  upsertSearchAttributes(attributePairs(values));
}

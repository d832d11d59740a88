import { defineSearchAttributeKey } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import type { SearchAttribute } from '../model/search-attributes';

/** Sets search attributes of the running workflow. Each call is one event: only for what people filter by. */
export function setAttributes(values: Partial<Record<SearchAttribute, string>>): void {
  upsertSearchAttributes(
    Object.entries(values).map(([name, value]) => ({ key: defineSearchAttributeKey(name, 'KEYWORD'), value })),
  );
}

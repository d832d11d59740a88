/** Search attributes that every workflow of ours carries: registered before a worker starts, since a missing one stalls a workflow without failing it. */
export const SEARCH_ATTRIBUTES = {
  SluiceProject: 'Keyword',
  SluiceEnvironments: 'KeywordList',
  SluiceCommit: 'Keyword',
  SluicePhase: 'Keyword',
  SluiceOutcome: 'Keyword',
  SluiceActor: 'Keyword',
} as const;

export type SearchAttribute = keyof typeof SEARCH_ATTRIBUTES;

/** Values by attribute, of the type that the attribute has. */
export type SearchAttributeValues = {
  [name in SearchAttribute]?: (typeof SEARCH_ATTRIBUTES)[name] extends 'KeywordList' ? string[] : string;
};

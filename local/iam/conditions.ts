import { fits, fitsArn } from './wildcard';

/** What is known of one call, by condition key in lower case. A key that is absent is not in it. */
export type Context = Readonly<Record<string, readonly string[]>>;

/** One line of a `Condition` block. All of a statement's must hold. */
export interface Condition {
  /** As written, for example `ForAnyValue:StringLike`. */
  operator: string;
  /** In lower case, since the case of keys does not count. */
  key: string;
  values: readonly string[];
}

interface Comparison {
  /** Whether one value of the call fits one of the policy. */
  compare: (wanted: string, given: string) => boolean;
  /** A negated comparison holds when no value fits, and when the key is absent. */
  negated?: boolean;
}

const same = (wanted: string, given: string): boolean => wanted === given;
const sameIgnoringCase = (wanted: string, given: string): boolean => wanted.toLowerCase() === given.toLowerCase();

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
const COMPARISONS: Readonly<Record<string, Comparison>> = {
  StringEquals: { compare: same },
  StringNotEquals: { compare: same, negated: true },
  StringEqualsIgnoreCase: { compare: sameIgnoringCase },
  StringNotEqualsIgnoreCase: { compare: sameIgnoringCase, negated: true },
  StringLike: { compare: fits },
  StringNotLike: { compare: fits, negated: true },
  ArnEquals: { compare: fitsArn },
  ArnNotEquals: { compare: fitsArn, negated: true },
  ArnLike: { compare: fitsArn },
  ArnNotLike: { compare: fitsArn, negated: true },
  Bool: { compare: sameIgnoringCase },
};

const OPERATOR = /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/;

/** Undefined for an operator that is not known here: whoever reads a policy must refuse it, never leave it out. */
function readOperator(operator: string) {
  const [, quantifier, name = '', ifExists] = OPERATOR.exec(operator) ?? [];
  if (name === 'Null') return quantifier || ifExists ? undefined : { isNull: true as const };
  const comparison = Object.hasOwn(COMPARISONS, name) ? COMPARISONS[name] : undefined;
  return comparison && { isNull: false as const, quantifier, ifExists: ifExists !== undefined, ...comparison };
}

export function isKnownOperator(operator: string): boolean {
  return readOperator(operator) !== undefined;
}

/** Whether a condition holds for a call. Throws for an operator that `isKnownOperator` says no to. */
export function holds({ operator, key, values }: Condition, context: Context): boolean {
  const read = readOperator(operator);
  if (!read) throw new Error(`the condition operator ${operator} is not known`);
  const given = Object.hasOwn(context, key) ? context[key] : undefined;
  if (read.isNull) return values.includes(String(given === undefined));
  const { compare, negated = false, quantifier, ifExists } = read;
  if (given === undefined) return ifExists || negated || quantifier === 'ForAllValues';
  const satisfies = (one: string): boolean => values.some((wanted) => compare(wanted, one)) !== negated;
  return quantifier === 'ForAllValues' ? given.every(satisfies) : given.some(satisfies);
}

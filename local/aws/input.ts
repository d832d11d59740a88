import { AwsError } from './contract';
import type { Json, JsonObject } from './contract';

/** An InvalidParameterException, AWS's answer to most bad input. */
export function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}

/** The readers answer undefined for a member that is absent or null, and throw InvalidParameterException for one of another type. */
export const text = reader('a string', (value) => typeof value === 'string');
export const integer = reader('an integer', (value): value is number => Number.isInteger(value));
export const flag = reader('a boolean', (value) => typeof value === 'boolean');
export const object = reader('a structure', isObject);
export const texts = reader('a list of strings', (value): value is string[] =>
  isListOf(value, (item) => typeof item === 'string'),
);
const list = reader('a list of structures', (value): value is JsonObject[] => isListOf(value, isObject));

/** As the other readers, but an absent list is an empty one. */
export function objects(input: JsonObject, key: string): JsonObject[] {
  return list(input, key) ?? [];
}

/** As `text`, but an absent or empty member is an InvalidParameterException too. */
export function requiredText(input: JsonObject, key: string): string {
  const value = text(input, key);
  if (!value) throw invalid(`${key} can not be blank.`);
  return value;
}

function reader<T extends Json>(expected: string, fits: (value: Json) => value is T) {
  return (input: JsonObject, key: string): T | undefined => {
    const value = input[key];
    if (value === undefined || value === null) return undefined;
    if (!fits(value)) throw invalid(`${key} must be ${expected}.`);
    return value;
  };
}

function isObject(value: Json): value is Extract<Json, JsonObject> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isListOf(value: Json, fits: (item: Json) => boolean): boolean {
  return Array.isArray(value) && value.every(fits);
}

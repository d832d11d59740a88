import type { Json, JsonObject } from '../json';

/** A template of CloudFormation, as far as this writes one. */
export interface Template {
  AWSTemplateFormatVersion: '2010-09-09';
  Description: string;
  Parameters: Record<string, JsonObject>;
  Conditions: Record<string, Json>;
  Resources: Record<string, JsonObject>;
  Outputs: Record<string, JsonObject>;
}

export function ref(name: string): JsonObject {
  return { Ref: name };
}

/** The text; with its `${…}` filled in by CloudFormation where it has some. */
export function sub(text: string): Json {
  return text.includes('${') ? { 'Fn::Sub': text } : text;
}

/** The value, where the condition of this name holds. */
export function onlyIf(condition: string, value: Json): JsonObject {
  return { 'Fn::If': [condition, value, ref('AWS::NoValue')] };
}

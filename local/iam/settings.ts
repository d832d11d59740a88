import type { JsonObject } from '../aws/contract';

/** Policy documents, by name. */
export type Policies = Record<string, JsonObject>;

export interface UserSettings {
  user: string;
  policies?: Policies;
}

export interface RoleSettings {
  name: string;
  trust: JsonObject;
  policies: Policies;
  /** ARNs of AWS's own policies that it carries besides: AdministratorAccess, PowerUserAccess. */
  managed?: readonly string[];
  /** From 3,600 (the default) to 43,200. */
  maxSessionSeconds?: number;
}

/** An OpenID Connect provider that roles may trust. */
export interface ProviderSettings {
  /** What its ARN and its condition keys are named after, and tokens' `iss`: `https://token.actions.githubusercontent.com`. */
  url: string;
  /** What tokens may be for (`aud`). */
  audiences: readonly string[];
  /** The address of a server on this machine that plays the provider, where its discovery document is then looked for. */
  playedBy?: string;
}

export interface IamSettings {
  /** Access keys that work for ever, and whose they are. Root may do everything, but assume a role. */
  keys: Record<string, 'root' | UserSettings>;
  roles?: readonly RoleSettings[];
  providers?: readonly ProviderSettings[];
  /** The clock of sessions and tokens, epoch milliseconds. */
  now?: () => number;
}

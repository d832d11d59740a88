import { types } from 'node:util';

/**
 * Jest runs each test file in a realm of its own, where an error of Node's core (a reset connection) is no instance of
 * `Error`; the AWS SDK and we ask for that. Outside of Jest there is one realm, as there is here after this call.
 */
export function joinRealms(): void {
  const ordinary = (kind: object, value: unknown): boolean =>
    Function.prototype[Symbol.hasInstance].call(kind as () => void, value);
  Object.defineProperty(Error, Symbol.hasInstance, {
    configurable: true,
    value(this: object, value: unknown): boolean {
      return ordinary(this, value) || (this === Error && types.isNativeError(value));
    },
  });
}

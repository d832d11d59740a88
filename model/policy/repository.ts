/**
 * Whether two addresses name one repository: the same host and path, whatever the transport, the account that is asked
 * as, and `.git` at the end. The policy's own address is the one that is fetched from.
 */
export function isSameRepository(one: string, other: string): boolean {
  return normal(one) === normal(other);
}

function normal(address: string): string {
  const trimmed = address.replace(/\/+$/, '').replace(/\.git$/, '');
  if (trimmed.startsWith('/')) return trimmed;
  if (!URL.canParse(trimmed)) return trimmed;
  const { protocol, host, hostname, pathname, search, hash } = new URL(trimmed);
  if (protocol === 'file:') return decodeURIComponent(pathname);
  // A port of its own may be another server; the usual ones of https and ssh are not.
  const where = /:(?:22|443)$/.test(host) ? hostname : host;
  return `${where.toLowerCase()}${pathname}${search}${hash}`;
}

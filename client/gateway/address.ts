import { isIPv6 } from 'node:net';

/**
 * Where a request comes from, as a key for limits: an IPv4 address, or the /64 network of an IPv6 one (one customer has at least that many).
 *
 * `hops` is how many proxies of ours stand in front: each appends the address that it saw to X-Forwarded-For, so the caller's is the one
 * that the outermost of them wrote; what stands left of it anybody can write.
 */
export function callerAddress(peer: string | undefined, forwardedFor: string | undefined, hops: number): string {
  const seen = (forwardedFor ?? '').split(',').map((text) => text.trim());
  const address = hops === 0 ? peer : seen.at(-hops);
  return network(address === undefined || address === '' ? (peer ?? 'unknown') : address);
}

function network(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1] !== undefined) return mapped[1];
  if (!isIPv6(address)) return address.slice(0, 64);
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? [];
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const BYTES = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

/** What `release.yml` accepts as a duration; also the pattern in the JSON Schema. */
export const DURATION = /^([1-9]\d{0,8})(ms|s|m|h|d)$/;

/** What `release.yml` accepts as a size; also the pattern in the JSON Schema. */
export const SIZE = /^([1-9]\d{0,8})(B|KiB|MiB|GiB)$/;

/** `90s`, `10m`, `2h`, `3d` or `500ms` in milliseconds; undefined for anything else, a bare number included. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit] = DURATION.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * MS[unit as keyof typeof MS];
}

/** `512MiB` in bytes; undefined for anything else, a bare number included. */
export function parseSize(text: string): number | undefined {
  const [, count, unit] = SIZE.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * BYTES[unit as keyof typeof BYTES];
}

const passedOn = new Set([
  'PATH',
  'LANG',
  'LANGUAGE',
  'TZ',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
]);

/**
 * The environment for a child that runs code we do not trust: a fixed list of harmless names taken from `from`, a HOME
 * and temporary folder of its own, and what `extra` adds.
 *
 * A list of what may pass, not of what may not: AWS_*, TEMPORAL_*, GITHUB_*, tokens and endpoints of credential
 * services stay out without anyone having to know their names (design section 5).
 */
export function childEnvironment(options: {
  home: string;
  tmp: string;
  extra?: Readonly<Record<string, string>>;
  from?: NodeJS.ProcessEnv;
}): Record<string, string> {
  const { home, tmp, extra = {}, from = process.env } = options;
  const inherited: Record<string, string> = {};
  for (const [name, value] of Object.entries(from)) {
    const upper = name.toUpperCase(); // proxies are spelt in both cases, and tools differ in which they read
    if (value !== undefined && (passedOn.has(upper) || upper.startsWith('LC_'))) inherited[name] = value;
  }
  return { ...inherited, HOME: home, TMPDIR: tmp, ...extra };
}

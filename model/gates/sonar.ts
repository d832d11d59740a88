import { z } from 'zod';
import { matching } from '../config/fields';
import { gateKind } from './kind';
import { secretName } from './secret-name';

export interface SonarSettings {
  kind: 'sonar';
  /** Origin, and path if it has one, of the server; without a slash at the end. */
  host: string;
  project: string;
  /** SonarQube Cloud asks for it. */
  organization?: string;
  /** Name of the secret that holds the token. */
  token: string;
  /** Properties of the analysis; those that say where it goes and what it is of are ours. */
  properties: Record<string, string>;
}

/** What an analysis is told about the sources; nothing that names a server, a file of the scanner or a program. */
const PROPERTY =
  /^sonar\.(?:sources|tests|sourceEncoding|inclusions|exclusions|test\.inclusions|test\.exclusions|cpd\.exclusions|coverage\.exclusions|coverageReportPaths|testExecutionReportPaths|[a-z]+(?:\.[A-Za-z]+)*\.(?:version|reportPaths?|xmlReportPaths|binaries|libraries|source|target))$/;
const HOST_EXPECTED =
  'the https: URL of a SonarQube server, such as https://sonarcloud.io, without user, query or fragment';

const host = () =>
  matching(/^https?:\/\/[^\s]{1,500}$/, HOST_EXPECTED)
    .refine(isServer, { error: HOST_EXPECTED, params: { expectation: true } })
    .transform((given) => given.replace(/\/+$/, ''))
    .optional();
const project = () =>
  matching(
    /^(?=.*\D)[\w.:-]{1,400}$/,
    'the key of a Sonar project: letters, digits and - _ . :, not digits alone',
  ).optional();

/** A quality gate of SonarQube (Server or Cloud), for exactly this commit. */
export const sonar = gateKind({
  name: 'sonar',
  words: 'the quality gate of sonar',
  keys: {
    host: host().describe('For sonar: URL of the server.'),
    project: project().describe('For sonar: key of the project there.'),
    organization: matching(/^[\w-]{1,255}$/, 'the key of an organization')
      .optional()
      .describe('For sonar: key of the organization, on SonarQube Cloud.'),
    token: secretName()
      .optional()
      .meta({ default: 'SONAR_TOKEN' })
      .describe('For sonar: name of the secret that holds the token.'),
    properties: z
      .record(
        matching(PROPERTY, 'a property of sources, tests, inclusions, exclusions or reports, such as sonar.sources'),
        matching(/^[^\0\r\n]{1,4096}$/, 'text of one line'),
        { error: 'a mapping from names of properties to text' },
      )
      .optional()
      .describe('For sonar: properties of the analysis, such as sonar.sources.'),
  },
  check(given, say) {
    for (const key of ['host', 'project'] as const)
      if (given[key] === undefined) say(`\`uses: sonar\` needs \`${key}\`; add it`);
  },
  settings: ({ organization, ...given }): SonarSettings => ({
    kind: 'sonar',
    host: given.host ?? '',
    project: given.project ?? '',
    ...(organization !== undefined && { organization }),
    token: given.token ?? 'SONAR_TOKEN',
    properties: given.properties ?? {},
  }),
  required: {
    host: host().describe('For sonar: URL of the server that the gate must ask.'),
    project: project().describe('For sonar: key of the project that the gate must ask for.'),
  },
  whyLess(required, gate) {
    for (const key of ['host', 'project'] as const) {
      const wanted = required[key];
      if (wanted !== undefined && wanted !== gate[key])
        return `asks Sonar for the ${key} ${gate[key]} in the gate ${gate.name}, and the policy requires ${wanted}`;
    }
    return undefined;
  },
});

/** A token is sent there: only by TLS, this machine aside. */
function isServer(given: string): boolean {
  if (!URL.canParse(given)) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(given);
  const here = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return (protocol === 'https:' || here) && username + password + search + hash === '';
}

import type { z } from 'zod';
import { absoluteFolder, flag, mapping, matching } from '../config/fields';

/** Programs that gates start, as `policy.yml` pins them. */
export interface PinnedTool {
  /** Absolute; absent: the one on the worker's PATH. */
  path?: string;
  /** Of the program's file, in hexadecimal; anything else is not started. */
  sha256?: string;
}

/** What whoever runs the workers says of the tools. All paths are absolute, and on the worker. */
export interface GateTools {
  gitleaks?: PinnedTool & { ignoreFile?: string };
  trivy?: PinnedTool & { ignoreFile?: string; config?: string; vex?: string; skipDbUpdate?: boolean };
  'sonar-scanner'?: PinnedTool;
}

const file = () => absoluteFolder().optional();
const pinned = {
  path: file().describe("Absolute path of the program; default: the one on the worker's PATH."),
  sha256: matching(/^[0-9a-f]{64}$/, 'a SHA-256 in 64 hexadecimal digits')
    .optional()
    .describe('SHA-256 of the program; another one is not started.'),
};

export const toolsKey = mapping({
  gitleaks: mapping({
    ...pinned,
    'ignore-file': file().describe('A .gitleaksignore on the worker: findings that are let pass.'),
  })
    .optional()
    .describe('The program of gates that use gitleaks.'),
  trivy: mapping({
    ...pinned,
    'ignore-file': file().describe('A .trivyignore or .trivyignore.yaml on the worker.'),
    config: file().describe('A trivy.yaml on the worker.'),
    vex: file().describe('A VEX document on the worker.'),
    'skip-db-update': flag()
      .optional()
      .describe("Whether Trivy keeps to the database in the worker's cache, which somebody else keeps fresh."),
  })
    .optional()
    .describe('The program of gates that use trivy.'),
  'sonar-scanner': mapping(pinned).optional().describe('The program of gates that use sonar.'),
});

/** From what people write to what a policy holds. */
export function gateTools(given: z.output<typeof toolsKey>): GateTools {
  const { gitleaks, trivy, 'sonar-scanner': sonarScanner } = given;
  return said({
    gitleaks: gitleaks && said({ ...pin(gitleaks), ignoreFile: gitleaks['ignore-file'] }),
    trivy:
      trivy &&
      said({
        ...pin(trivy),
        ignoreFile: trivy['ignore-file'],
        config: trivy.config,
        vex: trivy.vex,
        skipDbUpdate: trivy['skip-db-update'],
      }),
    'sonar-scanner': sonarScanner && pin(sonarScanner),
  });
}

function pin({ path, sha256 }: { path?: string | undefined; sha256?: string | undefined }): PinnedTool {
  return said({ path, sha256 });
}

type Said<Given> = { [Key in keyof Given]?: Exclude<Given[Key], undefined> };

/** Without the keys that were not given. */
function said<Given extends object>(given: Given): Said<Given> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Said<Given>;
}

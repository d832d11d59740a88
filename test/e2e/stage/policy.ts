import { formatProblem } from '../../../model/config/release-config';
import { parsePolicy } from '../../../model/policy/parse';
import type { Policy } from '../../../model/policy/policy';
import { CLUSTER, REGION } from './account';

/** A policy for projects of `openProject`, by name, with what differs from the usual one as lines of YAML. */
export function policyFor(repositories: string, names: readonly string[], more: { environment?: string } = {}): Policy {
  const text = `projects:\n${names.map((name, index) => projectText(repositories, name, index, more)).join('')}`;
  const parsed = parsePolicy(text, 'policy.yml');
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  return parsed.policy;
}

function projectText(
  repositories: string,
  name: string,
  index: number,
  { environment = '' }: { environment?: string },
) {
  return `  ${name}:
    repository: ${repositories}/${name}
    repository-id: ${1000 + index}
    repository-owner-id: 42
    workflow: .github/workflows/release.yml
    required-gates: { tests: {} }
    image: { repository: ${name} }
    environments:
      production:
        region: ${REGION}
        cluster: ${CLUSTER}
        ${environment}
        services:
          ${name}:
            health: { digest: true, times: 1, every: 100ms, within: 30s }
            stable-within: 2m
`;
}

import { formatProblem } from '../../../model/config/release-config';
import { parsePolicy } from '../../../model/policy/parse';
import type { Policy, ProjectPolicy } from '../../../model/policy/policy';

/** The smallest policy that is complete. */
export const SMALLEST = `
projects:
  shop:
    repository: https://github.com/acme/shop
    repository-id: 1001
    repository-owner-id: 42
    workflow: .github/workflows/release.yml
    image: { repository: shop }
    environments:
      production:
        region: eu-west-1
        cluster: main
        services: { api: { health: { digest: true } } }
`;

export function accepted(text: string): Policy {
  const parsed = parsePolicy(text, 'policy.yml');
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  return parsed.policy;
}

export function refused(text: string): string[] {
  const parsed = parsePolicy(text, 'policy.yml');
  return parsed.ok ? [] : parsed.problems.map(formatProblem);
}

export function shopPolicy(more: Partial<ProjectPolicy> = {}): ProjectPolicy {
  return { ...accepted(SMALLEST).projects[0]!, ...more };
}

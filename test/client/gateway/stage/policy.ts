import { parsePolicy } from '../../../../model/policy/parse';
import type { Policy } from '../../../../model/policy/policy';

const ENVIRONMENT = `
        region: eu-west-1
        cluster: main
        services: { NAME-api: { container: api, health: { digest: true } } }`;

const environment = (name: string): string => ENVIRONMENT.replace('NAME', name);

export const POLICY_TEXT = `
projects:
  shop:
    repository: https://github.com/acme/shop.git
    repository-id: 1001
    repository-owner-id: 42
    workflow: .github/workflows/release.yml
    image: { repository: shop }
    environments:
      staging:${environment('staging')}
      production:
        github-environment: production${environment('production')}
  tools:
    repository: https://github.com/acme/tools.git
    repository-id: 1002
    repository-owner-id: 42
    workflow: acme/deploy/.github/workflows/release.yml
    runners: any
    image: { repository: tools }
    environments:
      internal:${environment('internal')}
`;

export function policy(text = POLICY_TEXT): Policy {
  const parsed = parsePolicy(text, 'policy.yml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy;
}

import type { IamSubject } from '../../../model/iam/subject';

/** A project with all that templates can tell apart; tests change what matters to them. */
export function subject(change: Partial<IamSubject> = {}): IamSubject {
  return {
    project: 'shop',
    branch: 'main',
    repository: { owner: 'acme', name: 'shop', id: '22', ownerId: '11' },
    images: { repository: 'shop/api', region: 'eu-west-1', dockerfile: false, bases: [] },
    environments: [{ name: 'production', region: 'eu-central-1', cluster: 'blue', services: ['api'] }],
    ...change,
  };
}

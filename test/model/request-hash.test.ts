import { requestHash } from '../../model/request-hash';

const asked = { purpose: 'release' as const, environments: ['staging', 'production'], event: 'manual' };

describe('requestHash', () => {
  it('is the same for the same request, whatever the order of the environments', () => {
    expect(requestHash({ ...asked, environments: ['production', 'staging', 'production'] })).toBe(requestHash(asked));
  });

  it('does not depend on the wording of the reason for an older commit', () => {
    expect(requestHash({ ...asked, allowOlder: 'a' })).toBe(requestHash({ ...asked, allowOlder: 'b' }));
  });

  it.each([
    ['purpose', { purpose: 'check' as const }],
    ['environments', { environments: ['staging'] }],
    ['all environments instead of some', { environments: [] }],
    ['event', { event: 'push' }],
    ['leave to deploy an older commit', { allowOlder: 'incident 7' }],
  ])('changes with the %s', (_, change) => {
    expect(requestHash({ ...asked, ...change })).not.toBe(requestHash(asked));
  });
});

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PACKAGE_ROOT } from '../../bin/root';
import { releaseByHand } from './stage/by-hand';
import { makeFaults, makeMistakes, makeNonsense } from './stage/mistakes';
import type { Peers } from './stage/peers';
import { openPeers, SET_UP_WITHIN_MS } from './stage/peers';
import { actionsListed } from './stage/readme';
import { everyOperation, spokenBy } from './stage/spoken';
import type { Verdict } from './stage/verdict';

let peers: Peers;
beforeAll(async () => {
  peers = await openPeers();
  await releaseByHand(peers);
}, SET_UP_WITHIN_MS);
afterAll(() => peers.close());

describe('errors', () => {
  it('have the codes that AWS documents', async () => {
    expect(await makeMistakes(peers)).toEqual([]);
  });

  it('that come on demand are each service’s own', async () => {
    const json = (unavailable: string) => ['ThrottlingException', unavailable, 'AccessDeniedException'];
    expect(await makeFaults(peers)).toEqual({
      'ecr:GetAuthorizationToken': json('ServerException'),
      'ecs:ListTasks': json('ServerException'),
      'logs:GetLogEvents': json('ServiceUnavailableException'),
      'sts:GetCallerIdentity': ['Throttling', 'InternalFailure', 'AccessDenied'],
    });
  });

  it('answer what no client of AWS sends', async () => {
    const json = ['MissingAuthenticationTokenException', 'InvalidSignatureException', 'SerializationException'];
    expect(await makeNonsense(peers)).toEqual({
      'ecr:GetAuthorizationToken': json,
      'ecs:ListTasks': json,
      'logs:GetLogEvents': json,
      'sts:GetCallerIdentity': ['MissingAuthenticationToken'],
      'another type': ['InvalidParameterException'],
      'too much': ['RequestEntityTooLargeException'],
    });
  });
});

describe('the recording of all these calls', () => {
  let spoken: string[];
  let verdict: Verdict;
  beforeAll(async () => {
    spoken = await spokenBy(peers.endpoint);
    verdict = await peers.verdict();
  });

  it("fits botocore's model of the services: answers, errors and requests", () => {
    expect(verdict.findings).toEqual([]);
  });

  it('has an answer and an error of every action that the README lists', async () => {
    const readme = await readFile(path.join(PACKAGE_ROOT, 'local', 'aws', 'README.md'), 'utf8');
    const listed = actionsListed(readme, everyOperation());
    expect(listed.length).toBeGreaterThan(20);
    const recorded = Object.entries(verdict.actions)
      .filter(([, { answered, errors }]) => answered > 0 && errors.length > 0)
      .map(([action]) => action);
    expect(recorded.sort()).toEqual(listed);
  });

  it('shows that no other action is spoken, and that those are said to be unknown', () => {
    const others = Object.entries(verdict.actions).filter(([action]) => !spoken.includes(action));
    expect(others.length).toBeGreaterThan(100);
    for (const [action, { answered, errors }] of others) {
      const unknown = action.startsWith('sts:') ? 'InvalidAction' : 'UnknownOperationException';
      expect({ action, answered, errors }).toEqual({ action, answered: 0, errors: [unknown] });
    }
  });
});

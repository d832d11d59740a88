import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { Tickets, ticketKey } from '../../../client/gateway/tickets';
import { waitFor } from '../../helpers/wait-for';
import type { Bench } from './stage/bench';
import { startBench } from './stage/bench';
import { AUDIENCE, COMMIT } from './stage/tokens';

const SECRET = Buffer.from('a secret of at least thirty-two bytes');
const RELEASE_ID = `release:shop:${COMMIT}`;

let bench: Bench;
let ticket: string;

beforeEach(async () => {
  bench = await startBench({ ticketSecret: SECRET });
  ticket = String((await bench.start(await bench.push())).body['ticket']);
});
afterEach(() => bench.close());

const read = (query = '', by = ticket, id = RELEASE_ID) => bench.get(`/v1/releases/${id}${query}`, by);
/** Tickets as this gateway makes them, at another time. */
const ticketsAt = (now: number, gateway = AUDIENCE, secret: Uint8Array = SECRET): Tickets =>
  new Tickets(ticketKey(secret), gateway, () => now);
const HOUR = 3_600_000;

describe('a read', () => {
  it('answers what `sluice status --json` shows, with a version', async () => {
    const { status, body } = await read();
    expect(status).toBe(200);
    expect(body).toEqual({
      workflowId: RELEASE_ID,
      runId: bench.world.runId,
      status: 'RUNNING',
      startedAt: 1,
      at: expect.any(Number) as unknown,
      release: bench.world.status,
      activities: [],
      version: expect.any(Number) as unknown,
    });
  });

  it('can be repeated with one ticket as often as one likes', async () => {
    for (let n = 0; n < 5; n += 1) expect((await read()).status).toBe(200);
  });

  it('waits until something has changed', async () => {
    const { body } = await read();
    const next = read(`?waitSeconds=25&since=${String(body['version'])}`);
    const before = bench.world.looks;
    await waitFor('another look', () => bench.world.looks > before + 1);
    bench.world.status = { ...bench.world.status, digest: 'sha256:1' };
    const { status, body: changed } = await next;
    expect(status).toBe(200);
    expect(changed).toMatchObject({ release: { digest: 'sha256:1' } });
    expect(changed['version']).not.toBe(body['version']);
  });

  it('answers with the same version when the time is over', async () => {
    const { version } = (await read()).body;
    expect((await read(`?waitSeconds=1&since=${String(version)}`)).body['version']).toBe(version);
  });

  it('does not wait when what the caller knows is out of date', async () => {
    expect((await read('?waitSeconds=25&since=7')).status).toBe(200);
  });

  it('tells the end with its exit code, and does not wait after it', async () => {
    const { version } = (await read()).body;
    const waiting = read(`?waitSeconds=25&since=${String(version)}`);
    const outcome = {
      outcome: 'gate-failed' as const,
      cause: 'The gate tests failed.',
      commit: COMMIT,
      environments: [],
    };
    bench.world.end = { terminated: false, outcome };
    expect((await waiting).body['ended']).toEqual({ ...outcome, exitCode: 10 });
    expect((await read('?waitSeconds=25')).body['ended']).toBeDefined();
  });

  it('tells that an operator cut it off', async () => {
    bench.world.end = { terminated: true, cause: 'Terminated by an operator: why not.' };
    expect((await read()).body['ended']).toEqual({
      outcome: 'terminated',
      cause: 'Terminated by an operator: why not.',
      exitCode: 24,
    });
  });

  it('is shared: many who wait cost no more looks than one', async () => {
    const { version } = (await read()).body;
    const before = bench.world.looks;
    await Promise.all(Array.from({ length: 20 }, () => read(`?waitSeconds=1&since=${String(version)}`)));
    expect(bench.world.looks - before).toBeLessThan(20);
  });

  it('that nobody waits for any more is given up', async () => {
    const { version } = (await read()).body;
    const gone = new AbortController();
    const waiting = bench.send(`/v1/releases/${RELEASE_ID}?waitSeconds=25&since=${String(version)}`, {
      headers: { authorization: `Bearer ${ticket}` },
      signal: gone.signal,
    });
    const before = bench.world.looks;
    await waitFor('a look', () => bench.world.looks > before);
    gone.abort();
    await expect(waiting).rejects.toThrow(/abort/);
    await waitFor('the end of it', () => bench.requests().length === 3);
  });
});

describe('a ticket', () => {
  const NOT_OURS = 'This is not a ticket of this gateway.';
  const ref = () => ({ workflowId: RELEASE_ID, runId: bench.world.runId });

  it.each<[string, () => Promise<string> | string, number, string, query?: string]>([
    [
      'of another release',
      () =>
        ticketsAt(Date.now())
          .issue({ ...ref(), workflowId: `release:shop:${'a'.repeat(40)}` })
          .then((t) => t.ticket),
      403,
      'The ticket is for another release.',
    ],
    [
      'of a check of the same commit',
      () =>
        ticketsAt(Date.now())
          .issue({ ...ref(), workflowId: `check:shop:${COMMIT}` })
          .then((t) => t.ticket),
      403,
      'The ticket is for another release.',
    ],
    [
      'of another run, for this one',
      () =>
        ticketsAt(Date.now())
          .issue({ ...ref(), runId: randomUUID() })
          .then((t) => t.ticket),
      403,
      'The ticket is for another release.',
      'run',
    ],
    [
      'that has expired',
      () =>
        ticketsAt(Date.now() - 2 * HOUR)
          .issue(ref())
          .then((t) => t.ticket),
      401,
      'The ticket has expired; start the same release again to get another one.',
    ],
    [
      'of another gateway with the same key',
      () =>
        ticketsAt(Date.now(), 'https://other.example')
          .issue(ref())
          .then((t) => t.ticket),
      401,
      NOT_OURS,
    ],
    [
      'signed with another key',
      () =>
        ticketsAt(Date.now(), AUDIENCE, Buffer.alloc(32))
          .issue(ref())
          .then((t) => t.ticket),
      401,
      NOT_OURS,
    ],
    ['signed with the secret itself', () => signTicket(SECRET), 401, NOT_OURS],
    ['of another type', () => signTicket(ticketKey(SECRET), { typ: 'JWT' }), 401, NOT_OURS],
    ['signed with HS512', () => signTicket(ticketKey(SECRET), { alg: 'HS512' }), 401, NOT_OURS],
    ['that is not signed', () => `${ticket.split('.').slice(0, 2).join('.')}.`, 401, NOT_OURS],
    [
      'whose release was changed',
      () =>
        ticket.replace(/\.[\w-]+\./, `.${Buffer.from(JSON.stringify({ ...ref(), exp: 4e9 })).toString('base64url')}.`),
      401,
      NOT_OURS,
    ],
    ['that is an OIDC token', () => bench.push(), 401, NOT_OURS],
  ])('%s is refused', async (_, make, status, sentence, query = '') => {
    const { status: got, error } = await read(query === 'run' ? `?run=${bench.world.runId}` : '', await make());
    expect({ got, message: error?.message }).toEqual({ got: status, message: sentence });
    expect(bench.world.looks).toBe(0);
  });

  it.each(['/v1/releases', `/v1/releases/${RELEASE_ID}/abort`, `/v1/releases/${RELEASE_ID}/approve`])(
    'is no token: it cannot write to %s',
    async (path) => {
      bench.world.writes.length = 0;
      const { status, error } = await bench.post(path, ticket);
      expect(status).toBe(401);
      expect(error?.message).toMatch(/does not name its signing key|another algorithm/);
      expect(bench.world.writes).toEqual([]);
    },
  );

  it.each<[string, RegExp]>([
    ['?waitSeconds=26', /^`waitSeconds` is "26": expected a whole number of seconds from 0 to 25\.$/],
    ['?waitSeconds=-1', /^`waitSeconds`/],
    ['?waitSeconds=1e1', /^`waitSeconds`/],
    ['?since=abc', /^`since`/],
    ['?run=latest', /^`run`/],
    ['?wait=5', /^Unknown key `wait`/],
    ['?waitSeconds=1&waitSeconds=25', /^The query has `waitSeconds` twice\.$/],
    ['?ticket=x', /^Unknown key `ticket`/],
  ])('does not help a read with %s', async (query, sentence) => {
    const { status, error } = await read(query);
    expect(status).toBe(400);
    expect(error?.message).toMatch(sentence);
  });

  it('is renewed by reads once half of its hour is over, for a week', async () => {
    expect((await read()).body).not.toHaveProperty('ticket');
    const old = (await ticketsAt(Date.now() - 0.6 * HOUR).issue(ref())).ticket;
    const { body } = await read('', old);
    expect(Date.parse(String(body['ticketExpiresAt']))).toBeGreaterThan(Date.now() + 0.9 * HOUR);
    expect((await read('', String(body['ticket']))).status).toBe(200);

    const aWeekAgo = Math.floor((Date.now() - 8 * 24 * HOUR) / 1000);
    const last = (await ticketsAt(Date.now() - 0.6 * HOUR).issue(ref(), aWeekAgo)).ticket;
    const answer = await read('', last);
    expect(answer.status).toBe(200);
    expect(answer.body).not.toHaveProperty('ticket');
  });

  it('needs a key of at least 32 bytes', () => {
    expect(() => ticketKey(Buffer.alloc(31))).toThrow(RangeError);
  });

  function signTicket(key: Uint8Array, header: { alg?: string; typ?: string } = {}): Promise<string> {
    return new SignJWT({ ...ref(), born: 1 })
      .setProtectedHeader({ alg: 'HS256', typ: 'sluice-ticket+jwt', ...header })
      .setIssuer(AUDIENCE)
      .setAudience('sluice-gateway/read')
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(key);
  }
});

it('a ticket outlives a gateway that has its key in a file', async () => {
  const second = await startBench({ ticketSecret: SECRET });
  try {
    expect((await second.get(`/v1/releases/${RELEASE_ID}`, ticket)).status).toBe(200);
  } finally {
    await second.close();
  }
});

it('and no gateway that makes its own key', async () => {
  const second = await startBench();
  try {
    expect((await second.get(`/v1/releases/${RELEASE_ID}`, ticket)).status).toBe(401);
  } finally {
    await second.close();
  }
});

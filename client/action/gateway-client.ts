import type { JsonObject } from '../../model/json';
import { isJsonObject, textOf } from '../../model/json';
import type { Seen, Started } from './answers';
import { seenOf, startedOf } from './answers';
import type { Question } from './ask-json';
import { askJson } from './ask-json';
import { Refused } from './failures';
import type { ActionInputs } from './inputs';
import type { TokenSource } from './oidc-token';

const WRITE_LIMIT_MS = 30_000;
/** On top of how long the gateway was asked to wait. */
const READ_MARGIN_MS = 15_000;

/** What the action says to the gateway (docs/gateway.md). Every write has a token of its own, since each is good for one. */
export interface GatewayClient {
  /** Starts, or attaches to the running one that was asked for the same: safe to repeat. */
  start(signal: AbortSignal): Promise<Started>;
  /** Answers when something is newer than `since`, at the latest after `waitSeconds` (0 to 25). */
  look(started: Started, since: number | undefined, waitSeconds: number, signal: AbortSignal): Promise<Seen>;
  /** Ends the release; without a run the one that is open. */
  abort(release: { workflowId: string; runId?: string }, reason: string, signal: AbortSignal): Promise<void>;
}

export interface GatewayClientOptions {
  inputs: ActionInputs;
  token: TokenSource;
  /** Called with every secret before it is used. */
  mask: (secret: string) => void;
}

/** All of them throw Away where the gateway does not answer, and Refused with its sentence where it says no. */
export function gatewayClient({ inputs, token, mask }: GatewayClientOptions): GatewayClient {
  const ask = async (path: string, question: Omit<Question, 'token'> & { token?: string }): Promise<JsonObject> => {
    const given = question.token ?? (await token(question.signal));
    mask(given);
    const url = new URL(`${inputs.gateway}${path}`);
    const { status, body } = await askJson('the gateway', url, { ...question, token: given });
    if (status >= 400) throw new Refused(status, sentenceOf(body, status));
    return body;
  };
  return {
    async start(signal) {
      const { purpose, project, commit, environments, allowOlder } = inputs;
      const body = { purpose, project, commit, environments, ...(allowOlder !== undefined && { allowOlder }) };
      const started = startedOf(await ask('/v1/releases', { method: 'POST', body, limitMs: WRITE_LIMIT_MS, signal }));
      mask(started.ticket);
      return started;
    },
    async look({ workflowId, runId, ticket }, since, waitSeconds, signal) {
      const query = new URLSearchParams({ run: runId, waitSeconds: String(waitSeconds) });
      if (since !== undefined) query.set('since', String(since));
      const path = `/v1/releases/${encodeURIComponent(workflowId)}?${query.toString()}`;
      const limitMs = waitSeconds * 1000 + READ_MARGIN_MS;
      const seen = seenOf(await ask(path, { method: 'GET', token: ticket, limitMs, signal }));
      if (seen.ticket !== undefined) mask(seen.ticket);
      return seen;
    },
    async abort({ workflowId, runId }, reason, signal) {
      const query = runId === undefined ? '' : `?run=${encodeURIComponent(runId)}`;
      const path = `/v1/releases/${encodeURIComponent(workflowId)}/abort${query}`;
      await ask(path, { method: 'POST', body: { reason }, limitMs: WRITE_LIMIT_MS, signal });
    },
  };
}

/** The request's id leads operators to its line in the gateway's log. */
function sentenceOf({ error }: JsonObject, status: number): string {
  const { message, requestId } = isJsonObject(error) ? error : {};
  const id = textOf(requestId);
  return `${textOf(message) ?? `HTTP ${status}.`}${id === undefined ? '' : ` (request ${id})`}`;
}

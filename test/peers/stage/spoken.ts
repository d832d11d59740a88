import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as ecr from '@aws-sdk/client-ecr';
import * as ecs from '@aws-sdk/client-ecs';
import * as sts from '@aws-sdk/client-sts';
import { ask } from './calls';

const CLIENTS: Record<string, object> = { ecr, ecs, logs, sts };
const UNKNOWN = ['UnknownOperationException', 'InvalidAction'];

/** All actions that AWS has, as `service:Action`: what the SDK has a command for. */
export function everyOperation(): string[] {
  return Object.entries(CLIENTS).flatMap(([service, client]) =>
    Object.keys(client).flatMap((name) => {
      const [, action] = /^([A-Z]\w+)Command$/.exec(name) ?? [];
      return action === undefined ? [] : [`${service}:${action}`];
    }),
  );
}

/** Which of all actions an endpoint does not call unknown, when each is asked with nothing in it; sorted. */
export async function spokenBy(endpoint: string): Promise<string[]> {
  const spoken: string[] = [];
  for (const action of everyOperation()) {
    const isSts = action.startsWith('sts:');
    const { code } = await ask(endpoint, action, isSts ? `Action=${action.replace('sts:', '')}` : '{}');
    if (!UNKNOWN.includes(code ?? '')) spoken.push(action);
  }
  return spoken.sort();
}

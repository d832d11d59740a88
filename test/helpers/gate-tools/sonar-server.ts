import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server will say of an analysis; by default all is well. */
export interface SonarSays {
  /** Answers of `api/ce/task` one after the other, the last for ever: `status` alone, or the whole task. */
  task?: (string | Record<string, unknown>)[];
  /** Of the quality gate. */
  status?: string;
  conditions?: Record<string, unknown>[];
  hotspots?: number;
  /** In place of the commit that the scanner named; null: none at all. */
  revision?: string | null;
  /** In place of an answer, by path: a status code, with a header `location` if it is one of a redirect. */
  refuses?: Record<string, { status: number; location?: string }>;
}

export interface Submitted {
  project: string;
  revision: string;
  properties: Record<string, string>;
  base: string;
  files: string[];
  coverage?: string;
}

export interface SonarServer {
  host: string;
  says: SonarSays;
  /** What scanners sent. */
  submitted: Submitted[];
  /** Method and path of every request, and whether it carried the token. */
  asked: { path: string; token: boolean }[];
  close(): Promise<void>;
}

const OK = { status: 'OK', metricKey: 'new_coverage', comparator: 'LT', errorThreshold: '80', actualValue: '91.2' };

/** A SonarQube server on loopback, as far as its web API's own examples go. */
export async function startSonar(token: string, says: SonarSays = {}): Promise<SonarServer> {
  const expected = `Basic ${Buffer.from(`${token}:`).toString('base64')}`;
  const sonar = { says, submitted: [] as Submitted[], asked: [] as { path: string; token: boolean }[] };
  const server = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url ?? '/', 'http://sonar');
      const name = url.pathname.slice(1);
      const carries = request.headers.authorization === expected;
      sonar.asked.push({ path: name, token: carries });
      const body = await read(request);
      const refused = sonar.says.refuses?.[name] ?? (carries ? undefined : { status: 401 });
      if (refused) {
        response.writeHead(refused.status, refused.location === undefined ? {} : { location: refused.location }).end();
        return;
      }
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answer(sonar, name, url.searchParams, body)));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `http://127.0.0.1:${port}`,
    ...sonar,
    get says() {
      return sonar.says;
    },
    set says(next) {
      sonar.says = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(
  { says, submitted }: Pick<SonarServer, 'says' | 'submitted'>,
  name: string,
  query: URLSearchParams,
  body: string,
): unknown {
  const last = submitted.at(-1);
  switch (name) {
    case 'api/ce/submit':
      submitted.push(JSON.parse(body) as Submitted);
      return { taskId: `AY-task_${submitted.length}`, projectId: 'AYhNmk00XxCL_lBVBziT' };
    case 'api/ce/task': {
      const tasks = says.task ?? ['SUCCESS'];
      const [next = 'SUCCESS'] = tasks.length > 1 ? tasks.splice(0, 1) : tasks;
      const given = typeof next === 'string' ? { status: next } : next;
      const done = given['status'] === 'SUCCESS' && { analysisId: 'AYhSC3WDE6ILQDIMAPIp', executionTimeMs: 2840 };
      return {
        task: {
          ...{ id: query.get('id'), type: 'REPORT', componentKey: last?.project, componentQualifier: 'TRK' },
          ...{ submittedAt: '2026-11-23T10:34:21+0200', hasScannerContext: true, warningCount: 0, warnings: [] },
          ...done,
          ...given,
        },
      };
    }
    case 'api/project_analyses/search': {
      const revision = says.revision === undefined ? last?.revision : says.revision;
      return {
        paging: { pageIndex: 1, pageSize: 500, total: 1 },
        analyses: [
          {
            ...{ key: 'AYhSC3WDE6ILQDIMAPIp', date: '2026-11-23T10:34:21+0200', manualNewCodePeriodBaseline: false },
            ...(revision !== null && { revision }),
            events: [],
          },
        ],
      };
    }
    case 'api/qualitygates/project_status':
      return {
        projectStatus: {
          ...{ status: says.status ?? 'OK', ignoredConditions: false, caycStatus: 'compliant' },
          conditions: says.conditions ?? [OK],
        },
      };
    case 'api/hotspots/search':
      return {
        paging: { pageIndex: 1, pageSize: 1, total: says.hotspots ?? 0 },
        ...{ hotspots: [], components: [] },
      };
    default:
      return { errors: [{ msg: `Unknown url : /${name}` }] };
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

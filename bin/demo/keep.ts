import type { CliDeps } from '../../client/commands/deps';
import { writeJson } from '../../client/render/json';
import type { Stage } from './play';
import { requestFor } from './play';

/** What a team that wants to be asked writes; an environment's rules are read at the head of the branch. */
const ASK_FIRST = {
  file: 'release.yml',
  find: '        stable-within: 10m\n',
  replace: '        stable-within: 10m\n    approval: { minimum: 1, expires: 1d }\n',
};

/** The third commit broke it. */
const MEND = { file: 'server.js', find: "'catalog.json'", replace: "'catalogue.json'" };

/** Starts a release that waits for approval, says how to answer it, and stays until it has ended or Ctrl-C. */
export async function keepWaiting(deps: CliDeps, stage: Stage, json: boolean): Promise<void> {
  const { embedded, repository } = stage;
  const { releases, server } = embedded;
  const commit = await repository.commit('Mend the catalogue, and ask a person before production', [MEND, ASK_FIRST]);
  const started = await releases.start(requestFor(stage, commit));
  const { workflowId, runId } = started;

  let told = false;
  try {
    const end = await releases.watch(started, {
      signal: stage.leave,
      onEvent: (event) => {
        if (event.kind !== 'approval' || told) return;
        told = true;
        tellHowToAnswer(
          deps,
          { workflowId, runId, address: server.address, uiUrl: server.uiUrl, namespace: server.namespace },
          json,
        );
      },
    });
    const ending = end.terminated ? `terminated: ${end.cause}` : `${end.outcome.outcome}: ${end.outcome.cause}`;
    if (!json) deps.stdout.write(`${ending}\n`);
  } catch (error) {
    // Whoever leaves has seen what there was to see.
    if (!stage.leave.aborted) throw error;
  }
}

interface Waiting {
  workflowId: string;
  runId: string;
  address: string;
  uiUrl: string;
  namespace: string;
}

function tellHowToAnswer({ stdout }: CliDeps, waiting: Waiting, json: boolean): void {
  const { workflowId, runId, address, uiUrl, namespace } = waiting;
  const page = `${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}/${runId}`;
  const approve = `TEMPORAL_ADDRESS=${address} npm exec -- sluice approve ${workflowId}`;
  const abort = `TEMPORAL_ADDRESS=${address} npm exec -- sluice abort ${workflowId}`;
  if (json) {
    writeJson(stdout, { kind: 'waiting', workflowId, page, approve, abort });
    return;
  }
  stdout.write(
    [
      'A fourth release waits for your approval, in this clone from another terminal (Ctrl-C here ends everything).',
      `See it:    ${page}`,
      `Approve:   ${approve}`,
      `Abort:     ${abort}`,
      '',
    ].join('\n'),
  );
}

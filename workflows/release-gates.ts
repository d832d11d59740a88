import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { inOrderOfNeeds } from '../model/gate-order';
import type { GateStatus } from '../model/messages';
import type { GateSpec, Plan } from '../model/plan';
import { gates } from './activities';
import { readFailure } from './failure';

/** Beyond the gate's own limit: stopping a process tree and looking at reports takes time too. */
const MARGIN_MS = 60_000;

/**
 * Runs all gates: at once where nothing is needed first, each as soon as what it needs has passed.
 *
 * `statuses` is filled in place, since the `status` query shows it while gates run. The first failure stops the rest,
 * unless the plan says that all run to their end.
 */
export async function runGates(plan: Plan, workspace: string, statuses: GateStatus[]): Promise<void> {
  const scope = new CancellationScope();
  const finished = new Map<string, Promise<boolean>>();
  statuses.push(...plan.gates.map(({ name }): GateStatus => ({ gate: name, state: 'waiting', cause: '' })));

  await scope.run(async () => {
    for (const gate of inOrderOfNeeds(plan.gates)) {
      const needs = gate.needs.map((name) => finished.get(name) ?? Promise.resolve(false));
      const status = statuses.find((candidate) => candidate.gate === gate.name);
      if (!status) continue;
      const ran = Promise.all(needs).then(async (passed) => {
        if (passed.every(Boolean)) await runOne(gate, plan, workspace, status);
        else Object.assign(status, { state: 'stopped', cause: 'a gate that it needs has not passed' });
        if (status.state === 'failed' && plan.onGateFailure !== 'run-all') scope.cancel();
        return status.state === 'passed';
      });
      finished.set(gate.name, ran);
    }
    await Promise.all(finished.values());
  });
}

async function runOne(gate: GateSpec, plan: Plan, workspace: string, status: GateStatus): Promise<void> {
  Object.assign(status, { state: 'running', startedAt: Date.now() });
  try {
    const { project, purpose, repository, commit, treeHash } = plan;
    const result = await gates.runGate.executeWithOptions(
      { summary: `gate ${gate.name}`, startToCloseTimeout: gate.timeoutMs + MARGIN_MS },
      [{ gate, project, purpose, repository, commit, treeHash, workspace }],
    );
    Object.assign(status, { state: result.verdict, cause: result.cause, durationMs: result.durationMs });
    if (result.log !== undefined) status.log = result.log;
    if (result.verdict !== 'passed' && result.tail !== '') status.tail = result.tail;
  } catch (error) {
    if (isCancellation(error)) {
      Object.assign(status, { state: 'stopped', cause: 'stopped before it ended' });
      // Stopped by our own scope it is an answer; stopped by the release's end it is not ours to swallow.
      if (CancellationScope.current().parent?.consideredCancelled) throw error;
      return;
    }
    Object.assign(status, { state: 'undetermined', cause: readFailure(error).message });
  }
}

import type { EnvironmentData } from '../../model/environment-data';
import { newEnvironment, withErrand, withoutErrand } from '../../model/environment-data';
import { afterEnd, afterLook, cutOff } from '../../model/environment-end';
import { holdNow, isDoubtful } from '../../model/environment-hold';
import { nextStep, waitingRollback } from '../../model/environment-line';
import { comparisons, supersede } from '../../model/environment-policy';
import {
  abortedFor,
  dropOffer,
  enqueue,
  giveWay,
  offer,
  standingOf,
  searched,
  started,
  withdraw,
} from '../../model/environment-queue';
import { frozen } from '../../model/freeze';
import type { DeploymentOutcome, DeploymentOutcomeName, DeploymentRequest } from '../../model/messages';
import { deploymentOutcome } from '../helpers/requests';
import { NOW, throughJson } from './environment-samples';
import type { Random } from './random';

/** A release as it stands outside: what it has heard of its end. */
export interface Asker {
  request: DeploymentRequest;
  alive: boolean;
  heard: DeploymentOutcome[];
}

/**
 * An environment, its releases and its deployments in memory: the workflow's loop one await at a time, so that anything may
 * happen in between. What must never be is checked on the way.
 */
export class World {
  data: EnvironmentData = newEnvironment();
  now = NOW;
  readonly askers = new Map<string, Asker>();
  /** Request ids in the order in which they were started, and in which they first came. */
  readonly startedIds: string[] = [];
  deployment: { request: DeploymentRequest; runId: string; aborted: boolean } | undefined;
  /** Closed, and not yet seen by the environment. */
  private closed: { runId: string; end: DeploymentOutcome | 'cut-off' } | undefined;
  private granting: { request: DeploymentRequest; at: 'offer' | 'start' } | undefined;

  constructor(private readonly random: Random) {}

  get idle(): boolean {
    return this.granting === undefined;
  }

  ask(request: DeploymentRequest): void {
    const asker = this.askers.get(request.requestId) ?? { request, alive: true, heard: [] };
    this.askers.set(request.requestId, asker);
    if (!asker.alive || asker.heard.length > 0) return;
    this.data = enqueue(this.data, request, this.now);
    const standing = standingOf(this.data, request.requestId, this.now);
    if (standing.kind === 'ended') this.hear(standing.outcome);
    if (standing.kind === 'queued' && standing.reason === '') throw new Error('a wait without a reason');
  }

  giveUp(requestId: string): void {
    const { data, answer } = withdraw(this.data, requestId);
    this.data = data;
    if (answer.result === 'removed') this.hear(deploymentOutcome({ requestId, outcome: 'aborted' }));
    else if (this.deployment?.request.requestId === requestId) this.deployment.aborted = true;
  }

  endDeployment(outcome: DeploymentOutcomeName | 'cut-off'): void {
    const { deployment } = this;
    if (!deployment) return;
    this.deployment = undefined;
    const { request, runId } = deployment;
    if (outcome === 'cut-off') {
      this.closed = { runId, end: 'cut-off' };
      return;
    }
    const end = deploymentOutcome({ requestId: request.requestId, outcome, commit: request.commit });
    this.closed = { runId, end };
    this.hear(end);
  }

  /** The environment is gone with all it knew; whoever still waits asks the next one. */
  terminateEnvironment(): void {
    this.data = newEnvironment();
    this.granting = undefined;
  }

  continueAsNew(): void {
    if (!this.idle) return;
    const carried = throughJson(this.data);
    expect(carried).toEqual(this.data);
    this.data = carried;
  }

  /** Runs the loop to its next await; answers false where it has nothing to do. */
  step(): boolean {
    if (this.granting) return this.grantOn(this.granting);
    const step = nextStep(this.data, this.now);
    switch (step.kind) {
      case 'wait':
        return false;
      case 'search':
        this.data = searched(this.data, this.deployment && this.stranger(this.deployment));
        return true;
      case 'abort':
        if (this.deployment?.runId === step.current.runId) this.deployment!.aborted = true;
        this.data = abortedFor(this.data, step.rollback.requestId);
        return true;
      case 'await end': {
        if (this.closed?.runId !== step.runId) return false;
        const { end } = this.closed;
        const outcome = end === 'cut-off' ? cutOff(step.current, 'terminated', this.now) : end;
        this.data = afterEnd(this.data, step.current, outcome, this.now);
        const { releaseId } = step.current;
        if (end === 'cut-off') this.data = withErrand(this.data, { kind: 'tell', releaseId, outcome });
        return true;
      }
      case 'look':
        this.data = afterLook(this.data, step.unclean, this.random.pick([undefined, 'td:9 runs']), this.now);
        return true;
      case 'grant':
        this.checkDecision(step.request);
        this.data = offer(this.data, step.request);
        this.granting = { request: step.request, at: 'offer' };
        return true;
    }
  }

  private grantOn(granting: NonNullable<World['granting']>): boolean {
    const { request, at } = granting;
    const mustGiveWay = !request.rollback && waitingRollback(this.data) !== undefined;
    this.granting = undefined;
    if (at === 'start' && this.deployment) this.data = giveWay(this.data, this.stranger(this.deployment));
    else if (mustGiveWay) this.data = giveWay(this.data, undefined);
    else if (at === 'offer') {
      const asker = this.askers.get(request.requestId);
      if (!asker?.alive || asker.heard.length > 0) this.data = dropOffer(this.data);
      else this.granting = { request, at: 'start' };
    } else this.start(request);
    return true;
  }

  private start(request: DeploymentRequest): void {
    expect(this.startedIds).not.toContain(request.requestId);
    const runId = `run ${this.startedIds.push(request.requestId)}`;
    this.deployment = { request, runId, aborted: false };
    this.data = started(this.data, runId);
  }

  private stranger({ request, runId }: NonNullable<World['deployment']>) {
    const { requestId, releaseId, commit, environment, actor, rollback } = request;
    const byHand = rollback && { rollback: { by: actor, reason: rollback.reason } };
    return { requestId, releaseId, commit, environment, runId, ...byHand };
  }

  /** Said again, in other words than the decision's own. */
  private checkDecision(request: DeploymentRequest): void {
    expect(this.data.current).toBeUndefined();
    if (request.rollback) return;
    expect(waitingRollback(this.data)).toBeUndefined();
    expect(isDoubtful(this.data, this.now)).toBe(false);
    if (request.breakGlass) return;
    expect(holdNow(this.data, this.now)).toBeUndefined();
    expect(frozen(request.environment.freeze, this.now)).toBeUndefined();
    expect(this.data.queue[0]).toBe(request);
  }

  /** One errand; commits are named so that their order shows. */
  errand(): boolean {
    const [errand] = this.data.errands;
    if (!errand || this.data.unsearched) return false;
    if (errand.kind === 'tell') this.hear(errand.outcome);
    if (errand.kind === 'compare') {
      for (const { older, newer } of comparisons(this.data, errand.requestId)) {
        if (newer.commit > older.commit) this.data = supersede(this.data, older.requestId, newer.requestId, this.now);
      }
    }
    this.data = withoutErrand(this.data, errand);
    return true;
  }

  private hear(outcome: DeploymentOutcome): void {
    const asker = this.askers.get(outcome.requestId);
    if (asker && !asker.heard.some((heard) => heard.outcome === outcome.outcome)) asker.heard.push(outcome);
  }
}

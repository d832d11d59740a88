import { createHash } from 'node:crypto';
import { TagResourceCommand } from '@aws-sdk/client-ecs';
import type { ECSClient } from '@aws-sdk/client-ecs';
import { TypedError } from '../../model/failures';
import type { JsonObject } from '../../model/json';
import { isOurs, readRevisionTags, REVISION_TAGS, tagsOfCopy } from '../../model/revision-tags';
import type { RevisionTags } from '../../model/revision-tags';
import type { Permit } from '../../model/policy/deployment';
import type { Baseline, ServiceTarget } from '../../model/target';
import { changedDefinition, containersOf, contentHash, describeChanges } from '../../model/task-definition';
import { ask } from './ask';
import type { EcsContext } from './deps';
import { mayWrite, refuseAnotherFamily } from './may-write';
import { findRevision } from './revision-search';
import { readTaskDefinition, registerTaskDefinition } from './task-definition-wire';
import type { WireTaskDefinition } from './task-definition-wire';

export interface RevisionRequest {
  target: ServiceTarget;
  baseline: Baseline;
  /** `HOST/repository@sha256:…` */
  imageReference: string;
  commit: string;
}

/** What every write that goes forward brings along, and the deployer checks. */
export interface ForwardRequest {
  target: ServiceTarget;
  baseline: Baseline;
  permit: ImagePermit;
  /** The request that it is for. */
  release: string;
}

export type ImagePermit = Permit & Required<Pick<Permit, 'image'>>;

export interface RevisionPreview {
  /** Of the content and the baseline: another one means that what was approved is not what would happen. */
  fingerprint: string;
  /** One line for each change to what runs now. */
  changes: string[];
}

export function revisionActivities(context: EcsContext) {
  return {
    /** What `registerRevision` would register, and what that changes. Reads only. */
    async previewRevision(request: RevisionRequest): Promise<RevisionPreview> {
      const { client } = context.access(request.target);
      const { live, definition } = await plannedRevision(client, request);
      const { taskDefinitionArn, serviceRevisionArn = '' } = request.baseline;
      const parts = [contentHash(definition), taskDefinitionArn, serviceRevisionArn];
      return {
        fingerprint: createHash('sha256').update(parts.join('\n')).digest('hex'),
        changes: describeChanges(live.definition, definition),
      };
    },

    /**
     * Registers the revision to deploy, tagged with its release, commit and baseline; or answers the one that is there.
     * Throws `PolicyRefused`, before anything is written, for what the owner of the environment does not allow.
     *
     * Without an idempotency token a retry looks first: for a revision of this release with this content, which an
     * earlier attempt left behind. Where nothing would change, what runs now is the answer, and nothing is registered.
     */
    async registerRevision({
      target,
      baseline,
      permit,
      release,
    }: ForwardRequest): Promise<{ taskDefinitionArn: string; registered: boolean }> {
      await mayWrite(context, target, permit);
      const access = context.access(target);
      const { client } = access;
      refuseAnotherFamily(await access.existingService(), baseline.taskDefinitionArn);
      const { commit, image } = permit;
      const request = { target, baseline, commit, imageReference: image.reference };
      const { live, template, definition } = await plannedRevision(client, request);
      if (contentHash(definition) === contentHash(live.definition)) {
        return { taskDefinitionArn: live.arn, registered: false };
      }
      const ours: RevisionTags = {
        release,
        commit,
        baseline: baseline.taskDefinitionArn,
        template: template.arn,
      };
      const existing = await findRevision(client, {
        family: template.family,
        definition,
        tags: ours,
        notBefore: baseline.taskDefinitionArn,
      });
      if (existing !== undefined) return { taskDefinitionArn: existing, registered: false };
      const taskDefinitionArn = await registerTaskDefinition(client, definition, tagsOfCopy(template.tags, ours));
      return { taskDefinitionArn, registered: true };
    },

    /** Marks a revision of ours as one that can be returned to. Idempotent: the first verdict's time stays. */
    async markVerified({ target, taskDefinitionArn }: MarkVerified): Promise<void> {
      context.authority.mayReturn(target);
      const { client } = context.access(target);
      const tags = readRevisionTags((await readTaskDefinition(client, taskDefinitionArn)).tags);
      // A revision of somebody else that needed no change is theirs to tag.
      if (!isOurs(tags) || tags.verified !== undefined) return;
      const verified = { key: REVISION_TAGS.verified, value: context.now().toISOString() };
      await ask(`ecs:TagResource of ${taskDefinitionArn}`, (options) =>
        client.send(new TagResourceCommand({ resourceArn: taskDefinitionArn, tags: [verified] }), options),
      );
    },
  };
}

interface MarkVerified {
  target: ServiceTarget;
  taskDefinitionArn: string;
}

async function plannedRevision(
  client: ECSClient,
  { target, baseline, imageReference, commit }: RevisionRequest,
): Promise<{ live: WireTaskDefinition; template: WireTaskDefinition; definition: JsonObject }> {
  const live = await readTaskDefinition(client, baseline.taskDefinitionArn);
  const template = target.service.from === 'live' ? live : await newestTemplate(client, live.family);
  const { container, environment } = target.service;
  if (!containersOf(template.definition).some(({ name }) => name === container)) {
    throw new TypedError('TargetUnsuitable', `Task definition ${template.arn} has no container "${container}".`);
  }
  return {
    live,
    template,
    definition: changedDefinition(template.definition, { container, imageReference, environment, commit }),
  };
}

/**
 * The newest revision of a family that its owner registered. Ours are copies, some of them broken ones, and name in a
 * tag what they were copied from.
 */
async function newestTemplate(client: ECSClient, family: string): Promise<WireTaskDefinition> {
  const newest = await readTaskDefinition(client, family);
  const { template, pinned } = readRevisionTags(newest.tags);
  const original = template ?? pinned;
  return original === undefined ? newest : readTaskDefinition(client, original);
}

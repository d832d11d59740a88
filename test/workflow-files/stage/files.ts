import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { PACKAGE_ROOT } from '../../../bin/root';

export interface WorkflowFile {
  /** From the top of this repository. */
  file: string;
  /** The folder that holds `.github`. */
  repository: string;
  text: string;
  workflow: Workflow;
}

/** The part of GitHub's workflow syntax that these tests look at. */
export interface Workflow {
  on: Record<string, unknown>;
  permissions?: Record<string, string>;
  concurrency?: Concurrency;
  jobs: Record<string, Job>;
}

export interface Concurrency {
  group: string;
  'cancel-in-progress'?: boolean;
  queue?: string;
}

export interface Job {
  permissions?: Record<string, string>;
  concurrency?: Concurrency;
  'timeout-minutes'?: number;
  environment?: string;
  uses?: string;
  with?: Record<string, unknown>;
  steps?: Step[];
}

export interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

/** Workflows of this repository, and of the examples as if each were a repository. */
export const WORKFLOWS: WorkflowFile[] = [
  '.',
  ...readdirSync(path.join(PACKAGE_ROOT, 'examples')).map((name) => path.join('examples', name)),
].flatMap((repository) => workflowsIn(repository));

function workflowsIn(repository: string): WorkflowFile[] {
  const folder = path.join(repository, '.github', 'workflows');
  if (!existsSync(path.join(PACKAGE_ROOT, folder))) return [];
  return readdirSync(path.join(PACKAGE_ROOT, folder)).map((name) => {
    const file = path.join(folder, name);
    const text = readFileSync(path.join(PACKAGE_ROOT, file), 'utf8');
    return { file, repository, text, workflow: parse(text) as Workflow };
  });
}

export function jobsOf({ workflow }: WorkflowFile): Job[] {
  return Object.values(workflow.jobs);
}

export function stepsOf(file: WorkflowFile): Step[] {
  return jobsOf(file).flatMap(({ steps = [] }) => steps);
}

/** Whether only pull requests start it. */
export function isCheck({ workflow }: WorkflowFile): boolean {
  return Object.keys(workflow.on).every((event) => event === 'pull_request');
}

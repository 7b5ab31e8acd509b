import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const ROOT = join(__dirname, '..', '..');
const FOLDER = join('.github', 'workflows');

export interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly 'working-directory'?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly 'timeout-minutes'?: number;
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

export interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

export const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

export const WORKFLOWS = readdirSync(join(ROOT, FOLDER)).map((file) => join(FOLDER, file));

export const workflow = (name: string): Workflow => parse(textOf(join(FOLDER, name))) as Workflow;
export const action = parse(textOf('action.yml')) as Action;

/** Every step of every workflow and of the action, with where it stands. */
export const allSteps: readonly (readonly [where: string, step: Step])[] = [
  ...action.runs.steps.map((step, index) => [`action.yml ${step.name ?? index}`, step] as const),
  ...WORKFLOWS.flatMap((file) =>
    Object.entries((parse(textOf(file)) as Workflow).jobs).flatMap(([job, { steps }]) =>
      steps.map((step, index) => [`${file} ${job} ${step.name ?? step.uses ?? index}`, step] as const),
    ),
  ),
];

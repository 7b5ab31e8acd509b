import type { HealingBounds } from '../domain/plan/healing-bounds';
import type { Assembly, FunctionModules, Unwitnessed } from '../../packages/local-aws/src';
import type { CrashPoints } from './crash-points';
import type { Raised } from './policies';
import type { PythonWorker } from './python-worker';

export interface SimulationOptions {
  /** What `cdk synth` wrote of the environment. */
  readonly assembly: Assembly;
  readonly environmentName: string;
  /** Control plane and workers together. */
  readonly nodes: number;
  /** How many of them fill up within the same minute. */
  readonly storm: number;
  /** Share of events, calls, commands and nodes that something befalls. 0 to 1. */
  readonly faults: number;
  readonly seed: number;
  readonly python: PythonWorker;
  readonly onProgress?: (line: string) => void;
  /** @default - one combination, drawn by the seed */
  readonly unwitnessed?: Unwitnessed;
  /** For many runs in one process. @default - none are shared */
  readonly modules?: FunctionModules;
  /** A deploy has raised this group's size, GiB, and its event was lost: the sweep alone sees it. @default - none has */
  readonly raised?: Raised;
  /** @default - the environment's, had it declared so many nodes */
  readonly bounds?: Partial<HealingBounds>;
  /** Counts the places where something may die, and lets it die there. @default - nothing does */
  readonly crashPoints?: CrashPoints;
}

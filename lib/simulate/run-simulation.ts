import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEnvironment } from '../drill/cloud/environment-assembly';
import { FunctionModules } from '../../packages/local-aws/src';
import { synthesize } from '../drill/synthesize';
import { PythonWorker } from './python-worker';
import type { SimulationResult } from './result';
import { Simulation } from './simulation';
import type { SimulationOptions } from './simulation-options';

export interface RunSimulationOptions extends Omit<
  SimulationOptions,
  'assembly' | 'python' | 'modules' | 'crashPoints'
> {
  /** Where `package.json` is. */
  readonly projectRoot: string;
  /** A cloud assembly that is there already. @default - one that `cdk synth` makes now, and that is removed afterwards */
  readonly assembly?: string;
  readonly signal: AbortSignal;
}

/** What differs between runs of the same simulation. */
export type RunChanges = Partial<Pick<SimulationOptions, 'seed' | 'crashPoints'>>;

/** The simulation of the options, as often as it is asked for. One that may crash is one of many, and tells no progress. */
export type Simulate = (changes?: RunChanges) => Promise<SimulationResult>;

/**
 * Makes ready what a simulation needs, and hands it to `use`.
 * @throws CannotRunError when it does not get as far as a fleet, or is stopped
 */
export async function withSimulation<T>(
  options: RunSimulationOptions,
  use: (simulate: Simulate) => Promise<T>,
): Promise<T> {
  const { onProgress, ...silent } = options;
  const { projectRoot, environmentName, assembly, signal } = options;
  const scratch = mkdtempSync(join(tmpdir(), 'headroom-simulate-'));
  const python = new PythonWorker();
  try {
    const assemblyDirectory = assembly ?? join(scratch, 'cdk.out');
    if (assembly === undefined) {
      onProgress?.(`cdk synth of ${environmentName}`);
      await synthesize({ projectRoot, environmentName, outputDirectory: assemblyDirectory, signal });
    }
    const stopped = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    const opened = openEnvironment(assemblyDirectory, environmentName);
    const modules = new FunctionModules();
    const simulate: Simulate = (changes = {}) =>
      new Simulation({
        ...(changes.crashPoints ? silent : options),
        ...changes,
        ...{ assembly: opened, python, modules },
      }).run();
    return await Promise.race([use(simulate), stopped]);
  } finally {
    python.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Assembly } from '../cloud/assembly';
import { synthesize } from '../synthesize';
import { PythonWorker } from './python-worker';
import type { SimulationResult } from './result';
import { Simulation, type SimulationOptions } from './simulation';

export interface RunSimulationOptions extends Omit<SimulationOptions, 'assembly' | 'python'> {
  /** Where `package.json` is. */
  readonly projectRoot: string;
  /** A cloud assembly that is there already. @default - one that `cdk synth` makes now, and that is removed afterwards */
  readonly assembly?: string;
  readonly signal: AbortSignal;
}

/** @throws CannotRunError when it does not get as far as a fleet, or is stopped */
export async function runSimulation(options: RunSimulationOptions): Promise<SimulationResult> {
  const { projectRoot, environmentName, assembly, onProgress, signal } = options;
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
    const opened = Assembly.open(assemblyDirectory, environmentName);
    const simulation = new Simulation({ ...options, assembly: opened, python });
    return await Promise.race([simulation.run(), stopped]);
  } finally {
    python.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

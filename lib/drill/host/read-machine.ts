import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { arch, freemem, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { known, unknown, type Known } from '../../domain/known';
import { acceleratorFacts } from '../vm/accelerator';
import { cacheDirectory } from '../vm/cache';
import { hostHasGo } from '../vm/go-toolchain';
import { hasPythonVenv, isInPath, mayBecomeRoot } from './install';
import type { MachineFacts } from './machine-checks';
import { packagesFor, requirementsFor } from './requirements';

/** @param projectRoot where package.json is */
export async function readMachine(projectRoot: string): Promise<MachineFacts> {
  const { engines } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
    engines: { node: string };
  };
  const directory = cacheDirectory();
  return {
    ...{ platform: platform(), architecture: arch() },
    ...{ node: process.version, supportedNode: engines.node },
    missingPackages: packagesFor(requirementsFor({ purpose: 'drill' }), isInPath),
    mayBecomeRoot: await mayBecomeRoot(),
    hasLoopDevices: existsSync('/dev/loop-control'),
    cache: { directory, freeMiB: freeMiB(directory) },
    availableMemoryMiB: availableMemoryMiB(),
    accelerator: acceleratorFacts(),
    hasGo: await hostHasGo(),
    hasPythonVenv: await hasPythonVenv(),
  };
}

/** Where the directory is, or would be made. */
function freeMiB(directory: string): Known<number> {
  if (!existsSync(directory) && dirname(directory) !== directory) return freeMiB(dirname(directory));
  try {
    const { bavail, bsize } = statfsSync(directory);
    return known(Math.floor((bavail * bsize) / 1024 ** 2));
  } catch (error) {
    return unknown((error as Error).message);
  }
}

/** With what the page cache gives back, which `freemem` leaves out. https://docs.kernel.org/filesystems/proc.html, meminfo */
function availableMemoryMiB(): number {
  try {
    const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
    if (kib !== undefined) return Math.floor(Number(kib) / 1024);
  } catch {
    // Not Linux.
  }
  return Math.floor(freemem() / 1024 ** 2);
}

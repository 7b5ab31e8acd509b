import { join } from 'node:path';
import { cached, recipeKey } from '../vm/cache';
import { goProgram } from '../vm/go-toolchain';
import { runProgram } from '../vm/run-program';

/** Pinned, like every other dependency. The Go checksum database vouches for it. */
const ACTIONLINT = 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12';

/**
 * The linter of GitHub workflows, built from its Go module and kept in the cache.
 * @returns the program's path
 */
export async function ensureActionlint(log: (line: string) => void): Promise<string> {
  const directory = await cached('actionlint', recipeKey(ACTIONLINT), async (building) => {
    log(`building ${ACTIONLINT}`);
    await runProgram(await goProgram(), ['install', ACTIONLINT], {
      environment: { GOBIN: building, GOTOOLCHAIN: 'local', GOFLAGS: '-buildvcs=false' },
    });
  });
  return join(directory, 'actionlint');
}

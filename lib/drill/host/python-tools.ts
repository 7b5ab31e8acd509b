import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../vm/run-program';

/** Pinned, like every other dependency. */
export const PYTHON_TOOLS = ['cfn-lint==1.58.0', 'moto[server]==5.2.5'] as const;

/** In an environment of its own: it pins a boto3 that moto does not take (checkov@3.3.30 setup.py). */
const CHECKOV = 'checkov==3.3.30';

/** A virtual environment below `.cache`, made once for these packages. @returns its bin directory */
async function ensureEnvironment(
  directory: string,
  packages: readonly string[],
  log: (line: string) => void,
): Promise<string> {
  // Written last and named after the versions: an interrupted or outdated installation is made again.
  const complete = join(directory, `complete-${packages.join('-')}`);
  // Its programs name their interpreter by its whole path: one that was moved is made again, too.
  if (!existsSync(complete) || readFileSync(complete, 'utf8') !== directory) {
    log(`installing ${packages.join(' ')} into ${directory}`);
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    await runProgram('python3', ['-m', 'venv', directory]);
    await runProgram(join(directory, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', ...packages]);
    writeFileSync(complete, directory);
  }
  return join(directory, 'bin');
}

/**
 * The linter of templates and the server that contract tests call (`.cache/tools`), and the scanner of templates
 * (`.cache/checkov`).
 * @returns the bin directory of the first
 */
export async function ensurePythonTools(projectRoot: string, log: (line: string) => void): Promise<string> {
  await ensureEnvironment(join(projectRoot, '.cache', 'checkov'), [CHECKOV], log);
  return ensureEnvironment(join(projectRoot, '.cache', 'tools'), PYTHON_TOOLS, log);
}

import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../vm/run-program';

/** Pinned, like every other dependency. */
export const PYTHON_TOOLS = ['cfn-lint==1.58.0', 'moto[server]==5.2.5'] as const;

/**
 * The linter of templates and the server that contract tests call: Python packages, in a virtual environment of the
 * checkout (`.cache/tools`).
 * @returns its bin directory
 */
export async function ensurePythonTools(projectRoot: string, log: (line: string) => void): Promise<string> {
  const directory = join(projectRoot, '.cache', 'tools');
  // Written last and named after the versions: an interrupted or outdated installation is made again.
  const complete = join(directory, `complete-${PYTHON_TOOLS.join('-')}`);
  if (!existsSync(complete)) {
    log(`installing ${PYTHON_TOOLS.join(' ')} into .cache/tools`);
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    await runProgram('python3', ['-m', 'venv', directory]);
    await runProgram(join(directory, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', ...PYTHON_TOOLS]);
    writeFileSync(complete, '');
  }
  return join(directory, 'bin');
}

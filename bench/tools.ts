import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpuTime } from './cpu-time';

/** Pinned, and each in a virtual environment of its own: what one wants of a library, the other may not. */
export const TOOLS = [
  {
    name: 'cfn-lint',
    requirement: 'cfn-lint==1.58.0',
    checks: 'every resource against its schema, and its own rules of templates; nothing of disk sizes',
    args: (directory: string): string[] => [
      '--regions',
      'eu-central-1',
      '--',
      `${directory}/*.template.json`,
    ],
    /** Findings are bits of the exit code. Source: cfn-lint's README, Exit codes. */
    expected: [0, 2, 4, 6, 8, 10, 12, 14],
  },
  {
    name: 'checkov',
    requirement: 'checkov==3.3.30',
    checks: 'its security policies of CloudFormation, on a graph of the resources; nothing of disk sizes',
    args: (directory: string): string[] => [
      ...['--framework', 'cloudformation', '--directory', directory],
      ...['--compact', '--quiet', '--skip-download'],
    ],
    expected: [0, 1],
  },
] as const;

export type Tool = (typeof TOOLS)[number];

/**
 * Installs a tool of PyPI into `.cache/bench-tools`, where it is not there yet.
 * @returns its command
 */
export const ensureTool = (
  projectRoot: string,
  { name, requirement }: Tool,
  log: (line: string) => void,
): string => {
  const directory = join(projectRoot, '.cache', 'bench-tools', name);
  // Written last and named after the version: an interrupted or outdated installation is made again.
  const complete = join(directory, `complete-${requirement}`);
  if (!existsSync(complete)) {
    log(`installing ${requirement} into .cache/bench-tools`);
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    cpuTime('python3', ['-m', 'venv', directory]);
    cpuTime(join(directory, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', requirement]);
    writeFileSync(complete, '');
  }
  return join(directory, 'bin', name);
};

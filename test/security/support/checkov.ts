import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../app/environments';
import type { Finding } from './acknowledging';

interface Report {
  readonly summary: { readonly parsing_errors: number; readonly resource_count: number };
  readonly results: {
    readonly failed_checks: readonly { readonly check_id: string; readonly resource: string }[];
  };
}

export interface CheckovReport {
  readonly resources: number;
  readonly findings: readonly Finding[];
}

const own = join(ROOT, '.cache', 'checkov', 'bin', 'checkov');

/**
 * What checkov says of the templates. It asks no server: `--skip-download`.
 * @throws when it does not run, or cannot read a template
 */
export const checkov = (templates: readonly string[]): CheckovReport => {
  const { stdout, stderr, error } = spawnSync(
    existsSync(own) ? own : 'checkov',
    [
      ...['--framework', 'cloudformation', '--skip-download', '--quiet', '--compact', '--output', 'json'],
      ...templates.flatMap((template) => ['--file', template]),
    ],
    { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
  );
  if (error) throw error;
  const { summary, results } = parsed(stdout, stderr);
  if (summary.parsing_errors > 0)
    throw new Error(`checkov cannot read ${summary.parsing_errors} of the templates`);
  return {
    resources: summary.resource_count,
    findings: results.failed_checks.map(({ check_id, resource }) => ({ rule: check_id, resource })),
  };
};

const parsed = (stdout: string, stderr: string): Report => {
  try {
    return JSON.parse(stdout) as Report;
  } catch {
    throw new Error(`checkov said no JSON: ${stdout.slice(0, 500)}\n${stderr.slice(-500)}`);
  }
};

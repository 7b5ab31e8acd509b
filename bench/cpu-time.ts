import { spawnSync } from 'node:child_process';

/** CPU seconds of a program and of all that it started, user and system. */
export interface Timed {
  readonly cpuSeconds: number;
  readonly stdout: string;
}

export interface TimedOptions {
  readonly cwd?: string;
  /** Exit codes that mean that the program did its work. @default [0] */
  readonly expected?: readonly number[];
}

/** A measured program failed; the message has the end of what it printed. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';
}

/**
 * Runs a program to its end. CPU time in place of the clock: on a machine that does other things too, the clock measures those.
 * @throws ProgramError with what it printed, where its exit code is another
 */
export const cpuTime = (
  program: string,
  args: readonly string[],
  { cwd, expected = [0] }: TimedOptions = {},
): Timed => {
  const { status, stdout, stderr, output } = spawnSync(
    'bash',
    ['-c', 'TIMEFORMAT="%3U %3S"; { time "$@" 2>&4; } 4>&2 2>&3', 'bash', program, ...args],
    {
      encoding: 'utf8',
      maxBuffer: 1024 ** 3,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      ...(cwd !== undefined && { cwd }),
    },
  );
  if (status === null || !expected.includes(status))
    throw new ProgramError(`${program} exited ${String(status)}:\n${(stdout + stderr).slice(-2000)}`);
  const seconds = (output[3] ?? '').trim().split(/\s+/).map(Number);
  const cpuSeconds = seconds.reduce((sum, one) => sum + one, 0);
  if (seconds.length !== 2 || !Number.isFinite(cpuSeconds))
    throw new Error(`bash printed no times: ${String(output[3])}`);
  return { cpuSeconds, stdout };
};

/** The middle one; of an even number, the mean of the two in the middle. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) throw new Error('no values, no median');
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
};

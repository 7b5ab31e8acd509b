import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { loadEnvironments } from '../../lib/config/load';
import type { Environment } from '../../lib/config/schema';
import type { Target } from '../../lib/console/account';
import { ConsoleError } from '../../lib/console/console-error';
import { environmentFile } from '../../lib/domain/names/naming';

const ENVIRONMENTS = join(__dirname, '..', '..', 'environments');

/** @throws UnknownEnvironmentError, EnvironmentFileError */
export const loadTarget = (name: string): { target: Target; environment: Environment } => {
  const [found] = loadEnvironments(ENVIRONMENTS, name);
  if (found === undefined) throw new ConsoleError(`${environmentFile(name)} cannot be read.`);
  const { account, region } = found.environment;
  return { target: { environmentName: name, account, region }, environment: found.environment };
};

export const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** Asks on the terminal; undefined where there is none. */
export const confirmOnTerminal = (): ((question: string) => Promise<boolean>) | undefined => {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  return async (question) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    const stopped = new AbortController();
    terminal.once('SIGINT', () => stopped.abort());
    try {
      return /^y(es)?$/i.test(
        (await terminal.question(`${question} [y/N] `, { signal: stopped.signal })).trim(),
      );
    } catch (error) {
      // Ctrl-C is a no.
      if (stopped.signal.aborted) return false;
      throw error;
    } finally {
      terminal.close();
    }
  };
};

/** Runs with a signal that Ctrl-C gives. A second Ctrl-C ends the program at once. */
export const withInterrupt = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal).once('SIGHUP', onSignal);
  try {
    return await work(stop.signal);
  } finally {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.removeListener(name, onSignal);
  }
};

import { spawn } from 'node:child_process';
import { atExit } from './at-exit';

/** Where system programs live that an ordinary user's PATH leaves out. */
const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Lines of output kept for the message of a failure. */
const TAIL_LINES = 20;

/** The host's environment with the system directories in PATH. */
export function hostEnvironment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const path = [process.env['PATH'] ?? '/usr/bin:/bin', ...SYSTEM_DIRECTORIES].join(':');
  return { ...process.env, PATH: path, LC_ALL: 'C.UTF-8', ...more };
}

export class ProgramFailed extends Error {
  override readonly name = 'ProgramFailed';
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
  /** Called with every line the program writes, to either stream. */
  readonly onLine?: (line: string) => void;
}

/**
 * Runs a program on the host and resolves with its standard output. Ends it when this process ends.
 * @throws ProgramFailed with the last lines of its output when it cannot start or exits with anything but 0.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: hostEnvironment(options.environment),
    ...(options.workingDirectory === undefined ? {} : { cwd: options.workingDirectory }),
  });
  const forget = atExit(() => child.kill('SIGTERM'));
  let stdout = '';
  const tail: string[] = [];
  const note = (chunk: string): void => {
    for (const line of chunk.split(/[\r\n]+/).filter((text) => text.trim() !== '')) {
      tail.push(line);
      options.onLine?.(line);
    }
    tail.splice(0, Math.max(0, tail.length - TAIL_LINES));
  };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
    note(chunk);
  });
  child.stderr.setEncoding('utf8').on('data', note);
  try {
    const ending = await new Promise<string>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(signal ?? String(code)));
    });
    if (ending !== '0') {
      throw new ProgramFailed(`${program} ended with ${ending}:\n${tail.join('\n')}`);
    }
    return stdout;
  } catch (error) {
    if (error instanceof ProgramFailed) {
      throw error;
    }
    throw new ProgramFailed(`${program} could not be started: ${String(error)}`, { cause: error });
  } finally {
    forget();
  }
}

/** Like {@link runProgram}, as root: through `sudo -n` for anybody else. */
export function runAsRoot(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  return process.getuid?.() === 0
    ? runProgram(program, args, options)
    : runProgram('sudo', ['-n', program, ...args], options);
}

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { nodeFilePath } from '../../lib/node/node-files';
import { readScriptResult } from '../../lib/domain/node/run-command-output';
import type { ScriptName, ScriptResults } from '../../lib/domain/node/script-result-schemas';

/** Stand-ins for systemctl and crictl; a test puts this folder in front of PATH. */
export const STAND_INS = join(__dirname, 'stand-ins');

export interface ScriptRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Stand-ins in front of PATH. Default: none. */
  readonly standIns?: boolean;
}

/** Runs any program to its end; a failing exit code is an answer, not an error. */
export const run = (
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<ScriptRun> =>
  new Promise((resolve, reject) => {
    execFile(
      program,
      [...args],
      { env, timeout: 120_000, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number')
          reject(new Error(`${program}: ${error.message}`));
        else resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });

/** Runs a program that must succeed; returns its output. */
export const mustRun = async (program: string, ...args: string[]): Promise<string> =>
  outputOf([program, ...args].join(' '), await run(program, args)).trim();

/**
 * What a program printed that must have ended with this code, 0 by default. A matcher would show the wrong code alone.
 * @throws Error with all that it printed
 */
export const outputOf = (what: string, { exitCode, stdout, stderr }: ScriptRun, expected = 0): string => {
  if (exitCode !== expected) {
    throw new Error(
      `${what}\nended with ${exitCode}, expected ${expected}; it printed:\n${stdout}\n${stderr}`,
    );
  }
  return stdout;
};

/** Runs a script of `lib/node` with nothing of this process's HEADROOM_… settings. */
export const runScript = (
  name: string,
  { env = {}, args = [], standIns = false }: RunOptions = {},
): Promise<ScriptRun> => run('bash', [nodeFilePath(name), ...args], { PATH: pathOf(standIns), ...env });

const pathOf = (standIns: boolean): string =>
  standIns ? `${STAND_INS}:${process.env['PATH'] ?? ''}` : (process.env['PATH'] ?? '');

export interface ScriptOutcome<T> extends ScriptRun {
  readonly result: T;
}

/** Runs a script and reads its JSON line with the reader of production; anything but one good line is an error. */
export const runForResult = async <S extends ScriptName>(
  script: S,
  options?: RunOptions,
): Promise<ScriptOutcome<ScriptResults[S]>> => {
  const outcome = await runScript(`${script}.sh`, options);
  expectOneLine(outcome);
  const reading = readScriptResult(outcome.stdout, script);
  if (!reading.ok) throw new Error(`${reading.why}\n${outcome.stderr}`);
  return { ...outcome, result: reading.value };
};

/** `LINE_LIMIT` of common.sh, in bytes, the line break included. */
export const LINE_LIMIT = 1_200;

/** Standard output is one JSON line that survives Run Command whole. */
export const expectOneLine = ({ stdout, stderr }: ScriptRun): unknown => {
  const bytes = Buffer.byteLength(stdout);
  if (!/^[^\n]{2,}\n$/.test(stdout) || bytes > LINE_LIMIT) {
    throw new Error(`not one line of at most ${LINE_LIMIT} bytes (${bytes}): ${stdout}\n${stderr}`);
  }
  return JSON.parse(stdout) as unknown;
};

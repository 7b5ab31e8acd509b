import { spawn } from 'node:child_process';
import { join } from 'node:path';

const TAIL_CHARACTERS = 4000;

/** `cdk synth` failed; the message has the end of what it printed. */
export class SynthesisError extends Error {
  override readonly name = 'SynthesisError';
}

export interface SynthesisOptions {
  readonly projectRoot: string;
  /** The one environment; all of them when left out. */
  readonly environmentName?: string;
  /** More context values of the app, by name. */
  readonly context?: Readonly<Record<string, string>>;
  /** Where the cloud assembly goes. */
  readonly outputDirectory: string;
  readonly signal?: AbortSignal;
}

/**
 * Runs `cdk synth` as an operator would and leaves the cloud assembly in `outputDirectory`.
 * No credentials and no network are used.
 * @throws SynthesisError
 */
export async function synthesize(options: SynthesisOptions): Promise<void> {
  const { projectRoot, environmentName, outputDirectory, signal } = options;
  const binaries = join(projectRoot, 'node_modules', '.bin');
  const context = { ...(environmentName === undefined ? {} : { env: environmentName }), ...options.context };
  const args = [
    ...['synth', '--quiet', '--output', outputDirectory],
    ...Object.entries(context).flatMap(([name, value]) => ['--context', `${name}=${value}`]),
  ];
  await new Promise<void>((resolve, reject) => {
    const child = spawn(join(binaries, 'cdk'), args, {
      cwd: projectRoot,
      // A group of its own, for the app that cdk starts has to end with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: `${binaries}:${process.env['PATH'] ?? ''}` },
    });
    const end = () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
    };
    signal?.addEventListener('abort', end, { once: true });
    let printed = '';
    const keep = (chunk: Buffer) => (printed = (printed + chunk.toString('utf8')).slice(-TAIL_CHARACTERS));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code) => {
      signal?.removeEventListener('abort', end);
      if (code === 0) return resolve();
      const what = environmentName === undefined ? 'all environments' : `environment ${environmentName}`;
      reject(new SynthesisError(`cdk synth of ${what} exited ${String(code)}:\n${printed}`));
    });
  });
}

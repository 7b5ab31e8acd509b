import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { CannotRunError } from './cannot-run';

const TAIL_CHARACTERS = 4000;

/**
 * Runs `cdk synth` as an operator would and leaves the cloud assembly in `outputDirectory`.
 * No credentials and no network are used.
 * @throws CannotRunError with the end of what `cdk synth` printed
 */
export async function synthesize(
  projectRoot: string,
  environmentName: string,
  outputDirectory: string,
  signal: AbortSignal,
): Promise<void> {
  const cdk = join(projectRoot, 'node_modules', '.bin', 'cdk');
  const args = ['synth', '--quiet', '--context', `env=${environmentName}`, '--output', outputDirectory];
  await new Promise<void>((resolve, reject) => {
    const child = spawn(cdk, args, {
      cwd: projectRoot,
      // A group of its own, for the app that cdk starts has to end with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PATH: `${join(projectRoot, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}`,
      },
    });
    const end = () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
    };
    signal.addEventListener('abort', end, { once: true });
    let printed = '';
    const keep = (chunk: Buffer) => (printed = (printed + chunk.toString('utf8')).slice(-TAIL_CHARACTERS));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code) => {
      signal.removeEventListener('abort', end);
      if (code === 0) resolve();
      else
        reject(
          new CannotRunError(
            `cdk synth of environment ${environmentName} exited ${String(code)}:\n${printed}`,
          ),
        );
    });
  });
}

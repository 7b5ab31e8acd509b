import { execFile, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { ConsoleError } from '../console-error';
import type { Session, SessionRequest } from '../../aws/sessions';

const PLUGIN = 'session-manager-plugin';
const HOW_TO_GET_IT =
  'https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html';

/** From this version on the session's token is read from a variable; as an argument, every user of the machine sees it. */
const TAKES_A_VARIABLE = [1, 2, 497, 0];
const VARIABLE = 'AWS_SSM_START_SESSION_RESPONSE';

const isNewer = (version: string, than: readonly number[]): boolean => {
  if (!/^\d+(\.\d+)*$/.test(version)) return false;
  const parts = version.split('.').map(Number);
  for (const [position, part] of than.entries()) {
    const own = parts[position] ?? 0;
    if (own !== part) return own > part;
  }
  return false;
};

/** @throws ConsoleError when the plugin is not installed */
export const pluginVersion = (): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(PLUGIN, ['--version'], { timeout: 20_000, env: process.env }, (error, stdout) => {
      if (error === null) resolve(stdout.trim());
      else if ((error as NodeJS.ErrnoException).code === 'ENOENT')
        reject(
          new ConsoleError(
            `${PLUGIN} is not installed, or not on PATH. It does the port forwarding of Session Manager.\nGet it: ${HOW_TO_GET_IT}`,
          ),
        );
      else
        reject(
          new ConsoleError(`${PLUGIN} --version failed: ${error.message}\nReinstall it: ${HOW_TO_GET_IT}`),
        );
    });
  });

/** A free port of 127.0.0.1. @throws ConsoleError when `wanted` is taken; 0: any */
export const freePort = (wanted: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new ConsoleError(
          `--port ${wanted}: ${error.code ?? error.message} on 127.0.0.1. Give another port, or leave --port out for a free one.`,
        ),
      ),
    );
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : wanted;
      server.close(() => resolve(port));
    });
  });

export interface PortForward {
  /** Resolves with the plugin's last words when it has ended, by itself or by `stop`. */
  readonly ended: Promise<string>;
  readonly stop: () => void;
}

const OPEN = /Waiting for connections/i;
const OPENS_WITHIN_MS = 30_000;
const LAST_WORDS = 2_000;
/** A plugin that does not end when asked is ended. */
const GRACE_MS = 5_000;

/**
 * Starts the plugin as the AWS CLI does, and waits until it listens.
 * https://github.com/aws/session-manager-plugin, https://github.com/aws/aws-cli awscli/customizations/sessionmanager.py
 * @throws ConsoleError when it does not listen in time
 */
export const startPlugin = async (
  session: Session,
  request: SessionRequest,
  region: string,
  version: string,
): Promise<PortForward> => {
  const response = JSON.stringify(session);
  const byVariable = isNewer(version, TAKES_A_VARIABLE);
  const child = spawn(
    PLUGIN,
    [
      byVariable ? VARIABLE : response,
      region,
      'StartSession',
      process.env['AWS_PROFILE'] ?? '',
      JSON.stringify(request),
      `https://ssm.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`,
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...(byVariable && { [VARIABLE]: response }) },
      // Ctrl-C reaches only this process, which ends the plugin.
      detached: true,
    },
  );
  let said = '';
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) =>
      resolve(`${said.trim()} (ended with ${signal ?? code ?? 'no code'})`),
    );
  });
  const stop = (): void => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), GRACE_MS).unref();
  };
  let timer: NodeJS.Timeout | undefined;
  const listens = new Promise<boolean>((resolve) => {
    const onOutput = (chunk: Buffer): void => {
      said = `${said}${chunk.toString()}`.slice(-LAST_WORDS);
      if (OPEN.test(said)) resolve(true);
    };
    child.stdout.on('data', onOutput);
    child.stderr.on('data', onOutput);
    timer = setTimeout(() => resolve(false), OPENS_WITHIN_MS);
  });
  const opened = await Promise.race([listens, ended]);
  clearTimeout(timer);
  if (opened === true) return { ended, stop };
  stop();
  throw new ConsoleError(
    `${PLUGIN} opened no port${opened === false ? ` in ${OPENS_WITHIN_MS / 1_000} s` : ''}: ${said.trim() || opened.toString()}`,
  );
};

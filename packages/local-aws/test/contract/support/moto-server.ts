import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const ROOT = join(__dirname, '../../../../..');
const PROGRAM = process.env['MOTO_SERVER'] ?? join(ROOT, '.cache', 'tools', 'bin', 'moto_server');
const START_SECONDS = 30;

export interface MotoServer {
  readonly endpoint: string;
  /** What it has printed so far: a line for each request, and the traces of those that it could not answer. */
  log(): string;
  stop(): Promise<void>;
}

/**
 * moto's server on a free port of the loopback, with the region that its children see.
 * @throws when the tool is missing, saying how to get it, or does not answer
 */
export async function startMoto(more: Readonly<Record<string, string>> = {}): Promise<MotoServer> {
  if (!existsSync(PROGRAM)) throw new Error(`missing: ${PROGRAM}. Run: npm run setup:test`);
  // It must not outlive a test run that is killed.
  const server = spawn('setpriv', ['--pdeathsig', 'KILL', PROGRAM, '-H', '127.0.0.1', '-p', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', PYTHONUNBUFFERED: '1', ...more },
  });
  let printed = '';
  server.on('error', (error) => (printed += String(error)));
  for (const stream of [server.stdout, server.stderr]) {
    stream.on('data', (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-1_000_000)));
  }
  const log = (): string => printed;
  try {
    return { endpoint: await address(server, log), log, stop: () => stop(server) };
  } catch (error) {
    await stop(server);
    throw error;
  }
}

/** The server says its port itself, so that no other program can take it in between. */
async function address(server: ChildProcess, log: () => string): Promise<string> {
  const end = Date.now() + START_SECONDS * 1000;
  while (Date.now() < end && server.exitCode === null && server.pid !== undefined) {
    const found = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(log())?.[1];
    if (found !== undefined && (await answers(found))) return found;
    await wait(50);
  }
  throw new Error(`moto_server did not start: ${log()}`);
}

const answers = async (endpoint: string): Promise<boolean> => {
  try {
    return (await fetch(`${endpoint}/moto-api/`)).ok;
  } catch {
    return false; // not listening yet: the answer, not a failure
  }
};

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null || server.pid === undefined) return;
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGKILL');
  await ended;
}

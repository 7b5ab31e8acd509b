import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SLOW_IO_PER_SECOND, type DrillNode, type IoLimit } from '../drill-node';
import type { GuestCommandResult, GuestDiskFigures } from '../../../packages/local-aws/src';
import { atExit } from './at-exit';
import { cacheDirectory } from './cache';
import { GuestAgent } from './guest-agent';
import { readDfOutput } from './guest-figures';
import { NoAnswerError } from './json-channel';
import type { NodeImage } from './node-image';
import { QEMU, ROOT_DISK_NODE, qemuArguments } from './qemu';
import { Qmp, type Throttle } from './qmp';
import { hostEnvironment, runProgram } from './run-program';
import { sleep } from './wait';

const BOOT_SECONDS = 600;
const RESUME_SECONDS = 180;
const END_SECONDS = 10;
/** QEMU does not notice when its parent is killed; the kernel then ends it for us. */
const DIES_WITH_US = ['--pdeathsig', 'KILL', '--'];

/** The first one passes before QEMU counts: a stalled disk completes one, and after 4 KiB none for an hour. */
const THROTTLES: Readonly<Record<IoLimit, Throttle>> = {
  none: { bytesPerSecond: 0, perSecond: 0 },
  slow: { bytesPerSecond: 0, perSecond: SLOW_IO_PER_SECOND },
  stalled: { bytesPerSecond: 1, perSecond: 0 },
};

export interface StartOptions {
  readonly image: NodeImage;
  /** The serial console; default: a temporary file, gone after `stop`. */
  readonly consoleLog?: string;
  /** Where the overlay goes when it is to outlive the machine; default: a temporary file. */
  readonly keepOverlay?: string;
  /** What the guest's clock is set to. @default - the host's */
  readonly now?: () => Date;
}

/** A node of its own in QEMU: no network, commands through the guest agent, its disk an overlay on the image. */
export class VirtualMachine implements DrillNode {
  private stopped = false;

  private constructor(
    private readonly process: ChildProcess,
    private readonly qmp: Qmp,
    private readonly agent: GuestAgent,
    private readonly removeFiles: () => void,
    private readonly consoleLog: string,
    private sizeBytes: number,
    private readonly now: () => Date,
  ) {}

  /** Starts a machine and resolves when it takes commands. Leaves nothing behind when that fails. */
  static async start(options: StartOptions): Promise<VirtualMachine> {
    const { image } = options;
    const files = makeFiles(options);
    let child: ChildProcess | undefined;
    const removeFiles = atExitOnce(() => {
      child?.kill('SIGKILL');
      rmSync(files.diskDirectory, { recursive: true, force: true });
      rmSync(files.socketDirectory, { recursive: true, force: true });
    });
    const agent = new GuestAgent(files.agentSocket);
    try {
      const create = [
        'create',
        '-q',
        '-f',
        'qcow2',
        '-b',
        image.disk.file,
        '-F',
        image.disk.format,
        files.overlay,
      ];
      await runProgram('qemu-img', create);
      const sizeBytes = await virtualSizeBytes(files.overlay);
      child = spawn('setpriv', [...DIES_WITH_US, QEMU, ...qemuArguments(image, files)], {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: hostEnvironment(),
      });
      const ended = whenEnded(child);
      const started = async (): Promise<Qmp> => {
        const qmp = await Qmp.connect(files.qmpSocket);
        if (image.memoryState !== undefined) {
          await qmp.resumeLoadedState();
        }
        await agent.waitUntilReady(image.memoryState === undefined ? BOOT_SECONDS : RESUME_SECONDS);
        return qmp;
      };
      const qmp = await Promise.race([started(), ended]);
      const now = options.now ?? (() => new Date());
      const vm = new VirtualMachine(child, qmp, agent, removeFiles, files.consoleLog, sizeBytes, now);
      await vm.setClock();
      return vm;
    } catch (error) {
      const console = tail(files.consoleLog, 30);
      agent.close();
      removeFiles();
      throw new Error(`The virtual machine did not start: ${String(error)}\n${console}`, { cause: error });
    }
  }

  async exec(
    program: string,
    args: readonly string[],
    options?: Parameters<DrillNode['exec']>[2],
  ): Promise<GuestCommandResult> {
    try {
      return await this.agent.exec(program, args, options);
    } catch (error) {
      if (error instanceof NoAnswerError) {
        // The reason, a kernel panic for one, is on the console if anywhere.
        throw new Error(`${error.message}; the guest's console:\n${this.consoleTail(20)}`, { cause: error });
      }
      throw error;
    }
  }

  async rootFigures(): Promise<GuestDiskFigures> {
    const df = await this.exec('df', ['--block-size=1', '--output=size,used,avail,itotal,iused', '/']);
    if (df.exitCode !== 0) {
      throw new Error(`df ended with ${df.exitCode} in the guest: ${df.stderr}`);
    }
    return readDfOutput(df.stdout);
  }

  async resizeDisk(sizeBytes: number): Promise<void> {
    if (sizeBytes < this.sizeBytes) {
      throw new Error(`A disk never shrinks: it has ${this.sizeBytes} bytes, got ${sizeBytes}.`);
    }
    await this.qmp.blockResize(ROOT_DISK_NODE, sizeBytes);
    this.sizeBytes = sizeBytes;
  }

  diskBytes(): number {
    return this.sizeBytes;
  }

  /** What the disk does from now on. */
  limitIo(limit: IoLimit): Promise<void> {
    return this.qmp.throttle(ROOT_DISK_NODE, THROTTLES[limit]);
  }

  async reset(): Promise<void> {
    // An answer from the agent counts only when it comes out of the new boot.
    const before = await this.bootId();
    this.agent.close();
    await this.qmp.execute('system_reset');
    for (const end = Date.now() + BOOT_SECONDS * 1000; ; await sleep(0.5)) {
      await this.agent.waitUntilReady(BOOT_SECONDS);
      if ((await this.bootId()) !== before) {
        break;
      }
      if (Date.now() > end) {
        throw new Error(`the guest did not boot again in ${BOOT_SECONDS} s:\n${this.consoleTail()}`);
      }
    }
    await this.setClock();
  }

  /** The last lines of the serial console, for a failure report. */
  consoleTail(lines = 60): string {
    return tail(this.consoleLog, lines);
  }

  /** Stops the machine and writes its memory to `file`; it runs no more. Its overlay stays until `stop`. */
  async freeze(file: string): Promise<void> {
    await this.qmp.saveStateTo(file);
    await this.end();
  }

  /** Ends the machine and removes its files. Safe to call twice. */
  async stop(): Promise<void> {
    await this.end();
    this.removeFiles();
  }

  private async end(): Promise<void> {
    if (this.stopped) {
      return;
    }
    this.stopped = true;
    this.agent.close();
    const gone = new Promise<void>((resolve) => {
      if (this.process.exitCode !== null || this.process.signalCode !== null) {
        resolve();
      } else {
        this.process.once('exit', () => resolve());
      }
    });
    const force = setTimeout(() => this.process.kill('SIGKILL'), END_SECONDS * 1000);
    await Promise.race([
      gone,
      this.qmp.execute('quit').then(
        () => gone,
        () => gone,
      ),
    ]);
    clearTimeout(force);
    this.qmp.close();
  }

  private async bootId(): Promise<string> {
    return (await this.exec('cat', ['/proc/sys/kernel/random/boot_id'])).stdout.trim();
  }

  /** A loaded state believes that it is still the day it was saved; a drill may have moved time forward. */
  async setClock(): Promise<void> {
    const set = await this.exec('date', ['--set', `@${(this.now().getTime() / 1000).toFixed(3)}`]);
    if (set.exitCode !== 0) {
      throw new Error(`the guest's clock could not be set: ${set.stderr}`);
    }
  }
}

function makeFiles(options: StartOptions) {
  const runs = join(cacheDirectory(), 'run');
  mkdirSync(runs, { recursive: true });
  removeLeftovers(runs);
  // The overlay can grow to gigabytes, more than a /tmp in memory holds; a socket's path must be short.
  const diskDirectory = mkdtempSync(join(runs, `${process.pid}-`));
  const socketDirectory = mkdtempSync(join(tmpdir(), 'hr-'));
  return {
    diskDirectory,
    socketDirectory,
    overlay: options.keepOverlay ?? join(diskDirectory, 'disk.qcow2'),
    qmpSocket: join(socketDirectory, 'qmp'),
    agentSocket: join(socketDirectory, 'qga'),
    consoleLog: options.consoleLog ?? join(diskDirectory, 'console.log'),
  };
}

/** Overlays of drills that were killed too hard to clean up. */
function removeLeftovers(runs: string): void {
  for (const name of readdirSync(runs)) {
    if (!isAlive(Number.parseInt(name, 10))) {
      rmSync(join(runs, name), { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function atExitOnce(cleanup: () => void): () => void {
  const forget = atExit(cleanup);
  return () => {
    forget();
    cleanup();
  };
}

/** Rejects when QEMU ends, with what it said. */
function whenEnded(child: ChildProcess): Promise<never> {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (said = (said + chunk).slice(-2000)));
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) =>
      reject(new Error(`QEMU ended (${signal ?? code}): ${said.trim()}`)),
    );
  });
  // Nobody waits for this any more once the machine is up.
  ended.catch(() => undefined);
  return ended;
}

async function virtualSizeBytes(file: string): Promise<number> {
  const info: unknown = JSON.parse(await runProgram('qemu-img', ['info', '--output=json', file]));
  const size = (info as { readonly 'virtual-size'?: unknown })['virtual-size'];
  if (typeof size !== 'number') {
    throw new Error(`qemu-img tells no size of ${file}`);
  }
  return size;
}

function tail(file: string, lines: number): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch (error) {
    return `(no console: ${String(error)})`;
  }
}

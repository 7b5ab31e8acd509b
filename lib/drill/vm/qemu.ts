import type { Machine, NodeImage } from './node-image';
import { shellQuote } from './qmp';

export const QEMU = 'qemu-system-x86_64';
/**
 * Part of a saved state's identity: a state loads only into a machine of the same make.
 * Without cx16: QEMU 7.2's emulation loses the flags around cmpxchg16b, and the guest's allocator panics on that.
 * Without la57 and pku: page walks of five levels only cost time in emulation. Without erms: it makes the kernel clear
 * pages byte by byte.
 * One processor: of two, one spins for a lock whose holder the host has put to sleep, up to a soft lockup, when two
 * drills share a small host. What a node does in a drill comes one after the other anyway.
 * Without random addresses (norandmaps): emulation translates a program anew wherever it lies at another address, and
 * that was three quarters of what starting one cost.
 * Without mitigations, without clearing pages, and without a random offset of the kernel's stack at every system call:
 * emulation does not speculate, and they took an eighth of a drill's time (60 and 52 CPU seconds).
 */
export const MACHINE: Machine = {
  type: 'pc',
  cpu: 'max,cx16=off,la57=off,pku=off,erms=off',
  cpus: 1,
  memoryMiB: 1536,
  kernelArguments:
    'console=ttyS0 net.ifnames=0 fsck.mode=skip norandmaps mitigations=off init_on_alloc=0 randomize_kstack_offset=off quiet',
};
/** Block node of the root disk, the name QMP's block_resize takes. */
export const ROOT_DISK_NODE = 'root-disk';

export interface MachineFiles {
  /** A qcow2 overlay that takes all writes. */
  readonly overlay: string;
  readonly qmpSocket: string;
  readonly agentSocket: string;
  readonly consoleLog: string;
}

/** Arguments of QEMU: no network, no display, one virtio disk, a serial console in a file, the agent's channel. */
export function qemuArguments(image: NodeImage, files: MachineFiles): string[] {
  const machine = image.machine ?? MACHINE;
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-machine', machine.type, '-accel', image.accelerator === 'tcg' ? 'tcg,thread=multi' : 'kvm'],
    ...['-cpu', machine.cpu, '-smp', String(machine.cpus), '-m', String(machine.memoryMiB)],
    ...['-blockdev', JSON.stringify(rootDisk(files.overlay))],
    // Like an EBS volume, whose serial number is its id without the dash.
    ...['-device', `virtio-blk-pci,drive=${ROOT_DISK_NODE},serial=vol0d1e0d1e0d1e0d1e0,bootindex=1`],
    ...['-device', 'virtio-rng-pci', '-device', 'virtio-serial-pci'],
    ...['-chardev', `socket,id=agent,path=${files.agentSocket},server=on,wait=off`],
    ...['-device', 'virtserialport,chardev=agent,name=org.qemu.guest_agent.0'],
    ...['-chardev', `file,id=console,path=${files.consoleLog},append=on`, '-serial', 'chardev:console'],
    ...['-qmp', `unix:${files.qmpSocket},server=on,wait=off`],
    ...directBoot(image, machine),
    ...(image.memoryState === undefined ? [] : ['-incoming', `exec:cat ${shellQuote(image.memoryState)}`]),
  ];
}

function rootDisk(overlay: string): object {
  return {
    'node-name': ROOT_DISK_NODE,
    driver: 'qcow2',
    discard: 'unmap',
    // Nothing of a drill outlives it, so its writes need not reach the host's disk.
    cache: { 'no-flush': true },
    file: { driver: 'file', filename: overlay, cache: { 'no-flush': true } },
  };
}

function directBoot(image: NodeImage, machine: Machine): string[] {
  return image.kernel === undefined
    ? []
    : [
        ...['-kernel', image.kernel.file, '-initrd', image.kernel.initrd],
        ...['-append', `${image.kernel.rootArguments} ${machine.kernelArguments}`],
      ];
}

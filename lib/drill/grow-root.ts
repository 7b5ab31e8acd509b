import { CannotRunError } from './cannot-run';
import { shell } from './observe-node';
import type { Timeline } from './timeline';
import type { VirtualMachine } from './vm/virtual-machine';

const GIB = 1024 ** 3;

/** Asks the kernel, since the scenario's words on partition and filesystem need not fit a given image. */
export const EXTEND_ROOT = `set -e
device=$(findmnt --noheadings --output SOURCE /)
disk=/dev/$(lsblk --noheadings --output PKNAME "$device" | sed -n 1p)
if [ "$disk" != /dev/ ]; then TMPDIR=/run growpart "$disk" "$(cat "/sys/class/block/\${device##*/}/partition")"; fi
case $(findmnt --noheadings --output FSTYPE /) in xfs) xfs_growfs / ;; *) resize2fs "$device" ;; esac`;

/** A node that was always this large: disk, partition and filesystem, GiB. */
export async function growRoot(machine: VirtualMachine, sizeGiB: number, timeline: Timeline): Promise<void> {
  timeline.setStatus(`growing the node to ${sizeGiB} GiB`);
  await machine.resizeDisk(sizeGiB * GIB);
  const { exitCode, stdout, stderr } = await shell(machine, EXTEND_ROOT);
  if (exitCode !== 0)
    throw new CannotRunError(
      `The VM's root could not be grown to ${sizeGiB} GiB (exit ${exitCode}):\n${stdout}${stderr}`,
    );
  timeline.add('node', `grown to ${sizeGiB} GiB`);
}

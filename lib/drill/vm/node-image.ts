export type Accelerator = 'tcg' | 'kvm';

/** Where the root filesystem lies, and what the kernel calls it. */
export const ROOT_DEVICES = {
  /** The last partition of a GPT. */
  partition: '/dev/vda1',
  /** A partition with a swap partition right behind it. */
  'partition-behind': '/dev/vda1',
  /** A logical volume; its physical volume is the last partition of a GPT. */
  lvm: '/dev/mapper/drill-root',
  /** The bare disk. */
  'whole-disk': '/dev/vda',
} as const;

export type RootLayout = keyof typeof ROOT_DEVICES;

export interface Machine {
  readonly type: string;
  readonly cpu: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly kernelArguments: string;
}

/** Everything a virtual machine starts from. The files are read only; each machine writes to an overlay. */
export interface NodeImage {
  readonly disk: { readonly file: string; readonly format: 'qcow2' | 'raw' };
  readonly accelerator: Accelerator;
  /** Absent: the image boots through its own boot loader. */
  readonly kernel?: {
    readonly file: string;
    readonly initrd: string;
    /** e.g. `root=/dev/vda1 rootfstype=ext4 rw`. */
    readonly rootArguments: string;
  };
  /** @default MACHINE of qemu.ts */
  readonly machine?: Machine;
  /** Memory and devices of a machine that had already booted. Absent: the machine boots. */
  readonly memoryState?: string;
}

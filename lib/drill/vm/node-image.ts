export type Accelerator = 'tcg' | 'kvm';

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
  /** Memory and devices of a machine that had already booted. Absent: the machine boots. */
  readonly memoryState?: string;
}

/** The real machine behind one instance: a virtual machine, or a stand-in of a test. */
export interface Machine {
  /**
   * Runs a program in the guest as root and waits for it.
   * A timeout kills it in the guest and rejects with {@link GuestCommandTimeout}.
   */
  exec(
    program: string,
    args: readonly string[],
    options?: {
      readonly stdin?: string | Uint8Array;
      readonly environment?: Readonly<Record<string, string>>;
      readonly timeoutSeconds?: number;
    },
  ): Promise<GuestCommandResult>;
  /** Grows the disk under the running guest; never shrinks. Bytes of the whole disk. */
  resizeDisk(sizeBytes: number): Promise<void>;
  /** Hard reset, as RebootInstances falls back to; resolves when the guest answers again. */
  reset(): Promise<void>;
}

export interface GuestCommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `df` says of a filesystem. */
export interface GuestDiskFigures {
  readonly usedPercent: number;
  readonly sizeBytes: number;
  readonly availableBytes: number;
  readonly inodesUsedPercent: number;
}

export class GuestCommandTimeout extends Error {
  override readonly name = 'GuestCommandTimeout';

  constructor(
    message: string,
    /** What it had printed when it was killed. */
    readonly printed: Pick<GuestCommandResult, 'stdout' | 'stderr'> = { stdout: '', stderr: '' },
  ) {
    super(message);
  }
}

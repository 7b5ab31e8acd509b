/** The one machine a drill works on. The VM implements it; the local AWS and the scenarios only see this. */
export interface DrillNode {
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
  /** Figures of `/`, read inside the guest (statvfs by `df`). */
  rootFigures(): Promise<GuestDiskFigures>;
  /** Grows the disk under the running guest; never shrinks. Bytes of the whole disk. */
  resizeDisk(sizeBytes: number): Promise<void>;
  /** Bytes of the whole disk. */
  diskBytes(): number;
  /** Hard reset, as RebootInstances falls back to; resolves when the guest answers again. */
  reset(): Promise<void>;
}

export const SLOW_IO_PER_SECOND = 20;
/** What a disk does with reads and writes. `slow`: so many a second. `stalled`: none is completed. */
export const IO_LIMITS = ['none', 'slow', 'stalled'] as const;
export type IoLimit = (typeof IO_LIMITS)[number];

export interface GuestCommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

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

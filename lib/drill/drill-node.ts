import type { GuestDiskFigures, Machine } from '../../packages/local-aws/src';

/** The one machine a drill works on. The VM implements it; the local AWS and the scenarios only see this. */
export interface DrillNode extends Machine {
  /** Figures of `/`, read inside the guest (statvfs by `df`). */
  rootFigures(): Promise<GuestDiskFigures>;
  /** Bytes of the whole disk. */
  diskBytes(): number;
}

export const SLOW_IO_PER_SECOND = 20;
/** What a disk does with reads and writes. `slow`: so many a second. `stalled`: none is completed. */
export const IO_LIMITS = ['none', 'slow', 'stalled'] as const;
export type IoLimit = (typeof IO_LIMITS)[number];

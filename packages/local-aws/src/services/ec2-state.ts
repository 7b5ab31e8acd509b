import type { Clock } from '../time/clock';
import type { ModelledInstance } from '../fleet/instances';
import type { Place } from '../template/physical-ids';
import type { Unwitnessed } from '../unwitnessed';

/** What the EC2 operations share. */
export interface Ec2State {
  readonly clock: Clock;
  readonly place: Place;
  readonly instances: readonly ModelledInstance[];
  readonly timing: VolumeTiming;
  /** @default - the first of each */
  readonly unwitnessed?: Unwitnessed;
  /** Grows the disk behind the instance's root volume. Bytes. */
  resize(instance: ModelledInstance, sizeBytes: number): Promise<void>;
  reboot(instance: ModelledInstance): Promise<void>;
  /** Work that goes on after the call has been answered; a failure of it must not be lost. */
  inBackground(what: string, work: Promise<void>): void;
}

/** How long a volume modification takes, in seconds, and what an account may have. */
export interface VolumeTiming {
  /** Until `optimizing`, when the new size is there. */
  readonly modifyingSeconds: number;
  /** From `optimizing` to `completed`. */
  readonly optimizingSeconds: number;
  /** Modifications of one volume in any 24 hours. */
  readonly modificationsPerDay: number;
  /** Sum of the target sizes being modified at a time, GiB. */
  readonly modificationStorageGiB: number;
  /** Modifications end as `failed`, with this as StatusMessage. @default - they succeed */
  readonly modificationFails?: string | undefined;
}

export const DEFAULT_VOLUME_TIMING: VolumeTiming = {
  modifyingSeconds: 2,
  optimizingSeconds: 6 * 3600,
  modificationsPerDay: 4,
  modificationStorageGiB: 512_000,
};

export const BYTES_PER_GIB = 1024 ** 3;

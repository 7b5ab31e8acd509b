import { tried } from '../../lib/aws/tried';
import { hasStarted } from '../../lib/domain/plan/modification-started';
import type { Clock } from '../shared/clock';
import type { PlanClient } from './plan.client';

/** Within the function's time, 60 s (lib/stacks/heal/plan.ts); HealNode asks twice. Milliseconds. */
const WAIT_MS = 40_000;
const POLL_MS = 1_000;

export interface ModificationSeen {
  readonly allowed: boolean;
  readonly reason: string;
}

/** The answer that HealNode's gate reads: what EC2 reports about the volume counts only once it is about this modification. */
export const awaitModification = async (
  client: Pick<PlanClient, 'modifications'>,
  clock: Clock,
  volumeId: string,
  targetSizeGiB: number,
): Promise<ModificationSeen> => {
  const what = `the modification of ${volumeId} to ${targetSizeGiB} GiB`;
  const untilMs = clock.now() + WAIT_MS;
  for (;;) {
    const reported = await tried(client.modifications(volumeId));
    if (reported.known && hasStarted(reported.value, targetSizeGiB, clock.now()))
      return { allowed: true, reason: `EC2 reports ${what}` };
    if (clock.now() >= untilMs)
      return {
        allowed: false,
        reason: `EC2 does not report ${what}${reported.known ? '' : `: ${reported.why}`}`,
      };
    await clock.sleep(POLL_MS);
  }
};

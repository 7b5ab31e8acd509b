import type { NodeGroupPolicy } from '../../lib/domain/plan/disk-policy';
import { countedGiB, describeBudget, leftGiB } from '../../lib/domain/plan/growth-budget';
import type { Observation } from '../../lib/domain/plan/observation';
import { ALLOWED, refused, type StepPermission } from '../../lib/domain/plan/permission';
import { NOT_COUNTED } from '../../lib/domain/plan/plan-purchase';
import type { PlanPayload } from '../../lib/domain/plan/plan-payload';
import { decideWithin, type LedgerContext, type Volume } from './growth-ledger';

type Policy = NodeGroupPolicy | undefined;

/** A plan within the month's budget, read only if something is bought. What needs approval is recorded after the answer. */
export const planWithin = async <P extends PlanPayload>(
  ledger: LedgerContext,
  policy: Policy,
  decide: (growth: Observation['growth']) => P,
): Promise<P> => {
  const gibOf = ({ action, volumeSizeGiB, targetSizeGiB }: PlanPayload): number =>
    action === 'grow' ? countedGiB(volumeSizeGiB, targetSizeGiB, policy) : 0;
  const unbounded = decide(undefined);
  if (gibOf(unbounded) === 0) return unbounded;
  const { volumeId, volumeSizeGiB: sizeGiB, nodeGroup } = unbounded;
  const volume = { volumeId, sizeGiB, nodeGroup };
  return decideWithin(ledger, volume, decide, (planned) => {
    const gib = planned.mode === 'act' ? gibOf(planned) : 0;
    return gib === 0 ? undefined : { targetSizeGiB: planned.targetSizeGiB, gib };
  });
};

/** Records an approved purchase. The budget may have been used up since the question; if that is unknown, the approval counts. */
export const approvedPurchase = async (
  ledger: LedgerContext,
  policy: Policy,
  volume: Volume,
  targetSizeGiB: number,
): Promise<StepPermission> => {
  const gib = countedGiB(volume.sizeGiB, targetSizeGiB, policy);
  return decideWithin<StepPermission>(
    ledger,
    volume,
    (growth) => {
      if (!growth.known) return { ...ALLOWED, reason: `approved, ${NOT_COUNTED}: ${growth.why}` };
      return gib <= leftGiB(growth.value)
        ? ALLOWED
        : refused(
            `${volume.volumeId} needs ${gib} GiB more, and nothing is bought: ${describeBudget(growth.value)}`,
          );
    },
    ({ allowed }) => (allowed && gib > 0 ? { targetSizeGiB, gib } : undefined),
  );
};

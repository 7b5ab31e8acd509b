import { stepOf, type AutomationExecutionFacts } from './automation-execution';
import { isOutsideRoot } from '../plan/growth-block';
import type { AssessResult, VerifyResult } from '../node/node-figures';
import type { PlanPayload } from '../plan/plan-payload';
import type { ScriptReading } from '../node/run-command-output';
import { formatBytes } from '../units';

/** Counted only when EBS took the modification. */
export const gibGrown = (execution: AutomationExecutionFacts, plan: PlanPayload | null): number => {
  const modify = stepOf(execution, 'modify') ?? stepOf(execution, 'modifyOutOfBand');
  if (plan?.action !== 'grow' || modify?.status !== 'Success' || plan.volumeSizeGiB <= 0) return 0;
  return Math.max(0, plan.targetSizeGiB - plan.volumeSizeGiB);
};

/** A purchase is judged by the bytes that root has afterwards, never by what a step claims. */
export const missingGrowth = (
  boughtGiB: number,
  verify: ScriptReading<VerifyResult>,
  assess: ScriptReading<AssessResult>,
): string | undefined => {
  if (boughtGiB <= 0 || !verify.ok) return undefined;
  const { root } = verify.value;
  // Out of band nothing was measured before the boot, which extends root itself.
  const before = assess.ok ? assess.value.root.sizeBytes : undefined;
  const arrived = before === undefined ? !isOutsideRoot(root, boughtGiB) : root.sizeBytes > before;
  if (arrived) return undefined;
  return `${boughtGiB} GiB were bought, but / did not grow: it had ${formatBytes(before ?? root.sizeBytes)} and has ${formatBytes(root.sizeBytes)}; compare \`lsblk\` with \`df /\``;
};

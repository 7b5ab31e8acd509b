import { z } from 'zod';
import { HEALING_MODES } from './healing-mode';

/** What the plan function returns, and what the record function finds in the execution's plan step. */
export const planPayload = z.object({
  action: z.enum(['none', 'grow', 'extend', 'wait', 'rest', 'gone', 'paused', 'escalate']),
  reason: z.string(),
  /** '' when unknown. */
  volumeId: z.string(),
  /** GiB; 0 where no size applies. */
  targetSizeGiB: z.number(),
  /** GiB before growing; 0 when unknown. */
  volumeSizeGiB: z.number(),
  /** '' when unknown. */
  nodeGroup: z.string(),
  /** Levels that the verdict is judged by; null when the group has no policy. */
  warningPercent: z.number().nullable(),
  targetPercent: z.number().nullable(),
  maxSizeGiB: z.number().nullable(),
  /** Figures of `/` that the plan was made on; null when unknown. */
  usedPercent: z.number().nullable(),
  inodesUsedPercent: z.number().nullable(),
  /** Percentage points a day; null when unknown. */
  growthPercentPerDay: z.number().nullable(),
  /** ISO 8601; when to try again what cannot be bought now, when a pause ends, or when a node that rests may be healed again. null: nothing is waited for. */
  until: z.string().nullable(),
  /** `ask`: HealNode requests approval first. `observe`: it changes nothing and reports the plan. */
  mode: z.enum(HEALING_MODES),
  /** Carrying it out reboots the node, after a drain where one can be had: the out-of-band lane. */
  reboots: z.boolean(),
  drains: z.boolean(),
  /** US dollars a month of what is bought, as the price table has it; null: unknown, or nothing is bought. */
  usdPerMonth: z.number().nullable(),
  /** Should EBS refuse what is bought: the node can survive until a later attempt. */
  mayWait: z.boolean(),
  /** Is a snapshot of the volume taken before it grows? Absent: the environment wants none, or nothing is bought. */
  snapshotFirst: z.object({ take: z.boolean(), why: z.string() }).optional(),
});

export type PlanPayload = z.infer<typeof planPayload>;

/** The same of the out-of-band lane, with what only its steps need. */
export interface OutOfBandPlanPayload extends PlanPayload {
  /** The node's address inside the network, by which the cluster knows it. '' when unknown. */
  readonly nodeAddress: string;
  /** A control-plane node that is well and can drain this one; '' when there is none. */
  readonly helperInstanceId: string;
}

/** Reads an Automation output of the plan step: JSON, perhaps encoded twice. undefined: not a plan. */
export const readPlanPayload = (output: unknown): PlanPayload | undefined => {
  let value = output;
  for (let depth = 0; depth < 2 && typeof value === 'string'; depth += 1) {
    try {
      value = JSON.parse(value) as unknown;
    } catch {
      // Cut or never written: the caller reports the plan as unknown.
      return undefined;
    }
  }
  const parsed = planPayload.safeParse(value);
  return parsed.success ? parsed.data : undefined;
};

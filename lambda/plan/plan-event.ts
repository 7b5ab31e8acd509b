import { z } from 'zod';
import { isInstanceId } from '../../lib/domain/names/instance-id';
import { planPayload } from '../../lib/domain/plan/plan-payload';
import { describeIssues } from '../shared/read-input';

const schema = z.object({
  instanceId: z.string().refine(isInstanceId, 'must match i-<8 or 17 hex digits>'),
  executionId: z.string().max(64),
  /**
   * `out-of-band`: plan for a node that does not run commands. `quorum`: may it be rebooted at this moment? `permission`: may its
   * healing go on with the next change? `modification`: wait until EC2 reports the modification of `volumeId` to
   * `targetSizeGiB`. Absent: plan with what the node's own scripts said.
   */
  lane: z.enum(['out-of-band', 'quorum', 'permission', 'modification']).optional(),
  volumeId: z.string().max(64).optional(),
  /** Automation may hand an Integer over as text. */
  targetSizeGiB: z.coerce.number().int().min(0).optional(),
  /**
   * Of the lane permission: what would be done next. Absent: a healing that was decided on goes on. Anything but `reclaim` is
   * the action of an approved plan; `grow` buys `volumeId` up to `targetSizeGiB`.
   */
  action: z.enum(['reclaim', ...planPayload.shape.action.options]).optional(),
  /** ISO 8601; the node was healed too often, and is cleaned at most. Absent or empty: it was not. */
  restUntil: z.string().max(24).optional(),
  // Whatever a step printed, or did not: what cannot be read makes a plan that says so.
  assessOutput: z.unknown().optional(),
  reclaimOutput: z.unknown().optional(),
});

/** The input payload of HealNode's plan step. */
export type PlanEvent = z.infer<typeof schema>;

/** @throws Error saying which field is wrong and what it got */
export const readPlanEvent = (input: unknown): PlanEvent => {
  const read = schema.safeParse(input);
  if (read.success) return read.data;
  throw new Error(`plan's payload is invalid: ${describeIssues(read.error, input, 'payload')}`);
};

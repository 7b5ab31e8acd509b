import { z } from 'zod';
import { SWEEP_FINDINGS, type SweepFinding } from './sweep';

/** What the sweep puts into the heal queue, and dispatch reads. Shaped like an EventBridge event. */
export const SWEEP_SOURCE = 'headroom.sweep';
/** The same, of a deploy that does not wait for the sweep. */
export const DEPLOY_SOURCE = 'headroom.deploy';
export const SWEEP_DETAIL_TYPE = 'Headroom Sweep Finding';

/** The sweep repeats itself: a finding that waited longer than this is replaced by the next one. Milliseconds. */
export const FINDING_EXPIRES_MS = 15 * 60_000;
/** One message a node in this time, whatever the sweep is called. Milliseconds. */
const BUCKET_MS = 5 * 60_000;

export const sweepFindingEvent = z.object({
  source: z.enum([SWEEP_SOURCE, DEPLOY_SOURCE]),
  'detail-type': z.literal(SWEEP_DETAIL_TYPE),
  time: z.string(),
  detail: z.object({
    instanceId: z.string(),
    nodeGroup: z.string(),
    finding: z.enum(SWEEP_FINDINGS),
    reason: z.string(),
    usedPercent: z.number().nullable(),
    emergency: z.boolean().optional(),
  }),
});
export type SweepFindingEvent = z.infer<typeof sweepFindingEvent>;

export interface SweepMessage {
  readonly body: SweepFindingEvent;
  readonly groupId: string;
  readonly deduplicationId: string;
}

/** @param nowMs milliseconds since the epoch */
export const sweepMessage = (
  { instanceId, nodeGroup = 'unknown', finding, reason, usedPercent, emergency }: SweepFinding,
  nowMs: number,
  source: typeof SWEEP_SOURCE | typeof DEPLOY_SOURCE = SWEEP_SOURCE,
): SweepMessage => ({
  body: {
    source,
    'detail-type': SWEEP_DETAIL_TYPE,
    time: new Date(nowMs).toISOString(),
    detail: { instanceId, nodeGroup, finding, reason, usedPercent, emergency },
  },
  groupId: groupIdOf(nodeGroup),
  // Each deploy speaks once, and the next one may come before the bucket is over.
  deduplicationId:
    source === SWEEP_SOURCE
      ? `sweep/${instanceId}/${Math.floor(nowMs / BUCKET_MS)}`
      : `deploy/${instanceId}/${nowMs}`,
});

/** What SQS takes as a MessageGroupId; a tag may hold anything. */
const groupIdOf = (nodeGroup: string): string =>
  nodeGroup.replace(/[^A-Za-z0-9-]/g, '-').slice(0, 128) || 'unknown';

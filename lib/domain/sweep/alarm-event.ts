import { z } from 'zod';
import { isInstanceId } from '../names/instance-id';
import { DISK_LEVELS, type DiskLevel } from '../names/naming';
import {
  DEPLOY_SOURCE,
  FINDING_EXPIRES_MS,
  sweepFindingEvent,
  type SweepFindingEvent,
} from './sweep-message';

/** What an alarm's event, or a finding of the sweep, means for one node. */
export type AlarmEvent =
  | {
      readonly kind: 'node-in-alarm';
      readonly instanceId: string;
      /** `sweep:FINDING` for a finding of the sweep, `deploy:FINDING` for one of a deploy. */
      readonly alarmName: string;
      /** Absent for alarms that are not of a disk level, e.g. silence. */
      readonly level?: DiskLevel;
      /** When the alarm changed state, ISO 8601 in UTC. */
      readonly at: string;
      /** After this it is not to be acted on; absent: it does not age. Milliseconds since the epoch. */
      readonly expiresAtMs?: number;
      /** A deploy raised the size: that is not a flapping alarm. */
      readonly byDeploy?: true;
    }
  | { readonly kind: 'ignored'; readonly why: string }
  | { readonly kind: 'unreadable'; readonly why: string };

const state = z.object({
  value: z.enum(['ALARM', 'OK', 'INSUFFICIENT_DATA']),
  timestamp: z.string().optional(),
});
const alarmName = z.string().min(1).max(255);

const stateChange = z.object({
  source: z.literal('aws.cloudwatch'),
  'detail-type': z.literal('CloudWatch Alarm State Change'),
  time: z.string().optional(),
  detail: z.object({
    alarmName,
    state,
    configuration: z
      .object({
        metrics: z
          .array(
            z.object({
              metricStat: z
                .object({ metric: z.object({ dimensions: z.record(z.string(), z.unknown()).optional() }) })
                .optional(),
            }),
          )
          .optional(),
      })
      .optional(),
  }),
});

const contributorStateChange = z.object({
  source: z.literal('aws.cloudwatch'),
  'detail-type': z.literal('CloudWatch Alarm Contributor State Change'),
  time: z.string().optional(),
  detail: z.object({
    alarmName,
    state,
    alarmContributor: z.object({ attributes: z.record(z.string(), z.unknown()).optional() }),
  }),
});

const event = z.discriminatedUnion('detail-type', [stateChange, contributorStateChange, sweepFindingEvent]);
type AlarmChange = z.infer<typeof stateChange> | z.infer<typeof contributorStateChange>;

/**
 * Reads an EventBridge event of CloudWatch alarms, of both kinds: of a single-metric alarm (instance among the
 * metric's dimensions) and of one series of a multi-series alarm (instance among the contributor's attributes).
 * Reads a finding of the sweep as well, which has the same shape.
 * Never throws. Only `node-in-alarm` carries an instance id, and only one that is safe in a command line.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
 */
export const readAlarmEvent = (input: unknown): AlarmEvent => {
  const parsed = event.safeParse(input);
  if (!parsed.success) return { kind: 'unreadable', why: describe(parsed.error) };
  return parsed.data['detail-type'] === 'Headroom Sweep Finding'
    ? readFinding(parsed.data)
    : readChange(parsed.data);
};

const readChange = (change: AlarmChange): AlarmEvent => {
  const { detail, time } = change;
  if (detail.state.value !== 'ALARM') {
    return { kind: 'ignored', why: `${detail.alarmName} went to ${detail.state.value}` };
  }

  const instances = [...new Set(instancesOf(change))];
  const [instanceId] = instances;
  if (instances.length > 1) {
    return {
      kind: 'unreadable',
      why: `${detail.alarmName} names ${instances.length} instances; one is allowed`,
    };
  }
  if (instanceId === undefined) {
    // The parent of a multi-series alarm: its series send events of their own.
    return { kind: 'ignored', why: `${detail.alarmName} is in ALARM but names no instance` };
  }
  if (!isInstanceId(instanceId)) return unreadableId(instanceId);
  const at = isoOf(detail.state.timestamp) ?? isoOf(time);
  if (at === undefined) return { kind: 'unreadable', why: 'neither state.timestamp nor time is a date' };
  const level = DISK_LEVELS.find((name) => detail.alarmName.endsWith(`-disk-${name}`));
  return { kind: 'node-in-alarm', instanceId, alarmName: detail.alarmName, ...(level && { level }), at };
};

const readFinding = ({ source, detail, time }: SweepFindingEvent): AlarmEvent => {
  const { instanceId, finding } = detail;
  if (!isInstanceId(instanceId)) return unreadableId(instanceId);
  const at = isoOf(time);
  if (at === undefined) return { kind: 'unreadable', why: 'time is not a date' };
  const expiresAtMs = Date.parse(at) + FINDING_EXPIRES_MS;
  return {
    kind: 'node-in-alarm',
    instanceId,
    alarmName: `${source.replace('headroom.', '')}:${finding}`,
    at,
    expiresAtMs,
    ...(detail.emergency && { level: 'emergency' as const }),
    ...(source === DEPLOY_SOURCE && { byDeploy: true }),
  };
};

const unreadableId = (instanceId: unknown): AlarmEvent => ({
  kind: 'unreadable',
  why: `instance id must match i-<8 or 17 hex digits>, got ${quote(instanceId)}`,
});

const instancesOf = (read: AlarmChange): unknown[] => {
  const dimensions =
    read['detail-type'] === 'CloudWatch Alarm State Change'
      ? (read.detail.configuration?.metrics ?? []).map((metric) => metric.metricStat?.metric.dimensions)
      : [read.detail.alarmContributor.attributes];
  return dimensions.map((each) => each?.['InstanceId']).filter((id) => id !== undefined && id !== null);
};

/** CloudWatch writes `+0000`; ISO 8601, and so ECMAScript, wants `+00:00`. */
const isoOf = (text: string | undefined): string | undefined => {
  const milliseconds = Date.parse((text ?? '').replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  return Number.isNaN(milliseconds) ? undefined : new Date(milliseconds).toISOString();
};

const describe = (error: z.ZodError): string =>
  error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || 'event'}: ${issue.message}`)
    .join('; ');

const quote = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 100);

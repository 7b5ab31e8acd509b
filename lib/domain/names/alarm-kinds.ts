import type { DiskLevel } from './naming';

/** Each kind of alarm has one section of this anchor in docs/runbook.md. */
export const ALARM_KINDS = [
  'disk-warning',
  'disk-critical',
  'disk-emergency',
  'inodes-low',
  'node-silent',
  'worker-group-silent',
  'heal-dead-letters',
  'heal-undelivered',
  'guard-failed',
  'bootstrap-failed',
  'heal-function-errors',
  'heal-failed',
  'etcd-snapshot-old',
  'check-system',
  'check-instance',
  'check-volume',
  'retire-undelivered',
  'webhook-failed',
] as const;
export type AlarmKind = (typeof ALARM_KINDS)[number];

const RUNBOOK = 'docs/runbook.md';

/** Where an alarm sends its reader, e.g. `docs/runbook.md#disk-critical`. */
export const runbookSection = (kind: AlarmKind): string => `${RUNBOOK}#${kind}`;

/** An alarm's description: the symptom, what Headroom does about it, and where to read on. */
export const alarmDescription = (kind: AlarmKind, symptom: string, headroomDoes: string): string =>
  `${symptom} ${headroomDoes} Runbook: ${runbookSection(kind)}`;

/** What Headroom does at each level. */
export const AT_LEVEL: Record<DiskLevel, string> = {
  warning: 'Headroom starts HealNode: it cleans up, and grows the volume if that is not enough.',
  critical: 'Headroom starts HealNode, unless one is already running for the node.',
  emergency:
    'Headroom starts HealNode, unless one is already running; the topic is notified as well, since cleaning up did not keep pace.',
};

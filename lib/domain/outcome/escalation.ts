import { z } from 'zod';
import type { DiskPolicy } from '../plan/disk-policy';
import { levelOf } from '../plan/disk-level';
import { causeOf } from './escalation-cause';
import type { HealReport } from './heal-report';
import { DISK_LEVELS } from '../names/naming';

const LEVELS = ['unknown', 'below', ...DISK_LEVELS] as const;
type IncidentLevel = (typeof LEVELS)[number];

/** What an open OpsItem remembers of its incident. */
const incident = z.object({
  schema: z.literal(1),
  firstAt: z.iso.datetime(),
  lastAt: z.iso.datetime(),
  /** Escalations so far. */
  times: z.number().int().min(1),
  /** The highest so far. */
  level: z.enum(LEVELS),
  /** Every cause so far, the newest last. */
  causes: z.array(z.string()).min(1),
  /** The last execution that escalated, and whether it sent a message: `told`, as open OpsItems have it. */
  executionId: z.string(),
  told: z.boolean(),
  /** The first execution: its chat thread is the incident's. @default - of an older version of Headroom: none */
  firstExecutionId: z
    .string()
    .regex(/^[0-9A-Za-z-]{1,64}$/)
    .optional(),
});
export type Incident = z.infer<typeof incident>;

/** One escalation, as far as the rule needs it. */
export interface Escalation {
  readonly executionId: string;
  readonly cause: string;
  readonly level: IncidentLevel;
  /** ISO 8601. */
  readonly at: string;
}

export interface EscalationDecision {
  readonly incident: Incident;
  /** Whether operators get a message; the OpsItem is updated in any case. */
  readonly notify: boolean;
  readonly why: string;
}

/** Hours without an escalation after which the next one notifies again, even if the OpsItem is still open. */
const QUIET_HOURS = 24;
/** More causes than this are not kept for one incident. */
const MAX_CAUSES = 20;

/**
 * One message an incident: again only when it got worse, i.e. a higher level or a new cause.
 * @param before what the open OpsItem remembers; undefined: none is open, or it cannot be read, so operators are notified
 */
export const decideEscalation = (before: Incident | undefined, now: Escalation): EscalationDecision => {
  const fresh = (why: string): EscalationDecision => ({
    incident: {
      schema: 1,
      firstAt: now.at,
      lastAt: now.at,
      times: 1,
      level: now.level,
      causes: [now.cause],
      executionId: now.executionId,
      told: true,
      firstExecutionId: now.executionId,
    },
    notify: true,
    why,
  });
  if (before === undefined) return fresh('the first escalation');
  if (before.executionId === now.executionId) {
    // A retry of a call that failed: its first decision stands.
    return { incident: before, notify: before.told, why: 'this execution already escalated' };
  }
  const quietHours = (Date.parse(now.at) - Date.parse(before.lastAt)) / 3_600_000;
  if (quietHours > QUIET_HOURS) return fresh(`no escalation for ${QUIET_HOURS} hours`);

  const rose = LEVELS.indexOf(now.level) > LEVELS.indexOf(before.level);
  const known = before.causes.includes(now.cause);
  const reasons = [
    ...(rose ? [`the level rose from ${before.level} to ${now.level}`] : []),
    ...(known ? [] : [`a new cause: ${now.cause}`]),
  ];
  const notify = reasons.length > 0;
  return {
    incident: {
      ...before,
      lastAt: now.at > before.lastAt ? now.at : before.lastAt,
      times: before.times + 1,
      level: rose ? now.level : before.level,
      causes: known ? before.causes : [...before.causes, now.cause].slice(-MAX_CAUSES),
      executionId: now.executionId,
      told: notify,
      firstExecutionId: before.firstExecutionId ?? now.executionId,
    },
    notify,
    why: notify ? reasons.join('; ') : 'no worse than at the last notification',
  };
};

/** The level of a report: the higher of its alarm's and of what was measured last. */
export const escalationOf = (report: HealReport, levels: DiskPolicy): Escalation => {
  const figures = report.after ?? report.before;
  const measured = levelOf(
    figures === null ? undefined : Math.max(figures.usedPercent, figures.inodesUsedPercent),
    levels,
  );
  const alarmed = DISK_LEVELS.find((level) => report.trigger.endsWith(`-disk-${level}`)) ?? 'unknown';
  const level = LEVELS.indexOf(alarmed) > LEVELS.indexOf(measured) ? alarmed : measured;
  return { executionId: report.executionId, cause: causeOf(report), level, at: report.endedAt };
};

/** What {@link incidentText} wrote; undefined for anything else. Never throws. */
export const readIncident = (text: string | undefined): Incident | undefined => {
  try {
    const parsed = incident.safeParse(JSON.parse(text ?? ''));
    return parsed.success ? parsed.data : undefined;
  } catch {
    // Not ours, or changed by hand: as if nothing were remembered, which at worst notifies once too often.
    return undefined;
  }
};

export const incidentText = (remembered: Incident): string => JSON.stringify(remembered);

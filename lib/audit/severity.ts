import type { AuditReport } from './report-model';
import { SEVERITIES, type Severity } from './rule';

/** 0 is the worst. */
export const severityRank = (severity: Severity): number => SEVERITIES.indexOf(severity);

/** Whether a finding of this severity makes the audit fail. */
export const fails = (severity: Severity, failOn: AuditReport['failOn']): boolean =>
  failOn !== 'never' && severityRank(severity) <= severityRank(failOn);

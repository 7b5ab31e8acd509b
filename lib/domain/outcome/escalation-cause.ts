import type { HealReport } from './heal-report';
import { isFailure } from './step-detail';
import { TOLERATED_STEPS } from './tolerated-steps';

const LENGTH = 200;
/** An error code as AWS writes it, e.g. `VolumeModificationRateExceeded`. */
const CODE =
  /\b[A-Z][a-z]+[A-Za-z]*(?:Exceeded|Exception|NotFound|Malformed|State|Denied|Operation|Error|Fault)\b/;
/** What differs from one time to the next: ids, counts, percents, dates. */
const VARIABLE = /\b(?:i|vol|oi)-[0-9a-f]+\b|\b[0-9a-f]{8}-[0-9a-f-]{20,}|\d+(?:[.,:]\d+)*/g;

/**
 * Why a healing was escalated, in words that are the same each time it happens for the same reason: the step with
 * its error code, the checks that failed, or the plan's reason without its figures.
 */
export const causeOf = (report: HealReport): string => {
  const failures = report.steps.filter(({ status }) => isFailure(status));
  // A tolerated one counts only where the execution did not even come to a plan.
  const failed =
    failures.findLast(({ name }) => !TOLERATED_STEPS.includes(name)) ??
    (report.plan === null ? failures.at(-1) : undefined);
  const checks = (report.evidence.verify?.checks ?? []).filter(({ ok }) => !ok).map(({ name }) => name);
  if (checks.length > 0) return stable(`verify: ${checks.sort().join(', ')}`);
  if (failed !== undefined) {
    const said = report.evidence.failures.find((failure) => failure.startsWith(`${failed.name}:`)) ?? '';
    const code = CODE.exec(said)?.[0];
    return stable([failed.name, failed.status, ...(code === undefined ? [] : [code])].join(': '));
  }
  const { plan } = report;
  const stopped = plan !== null && !['none', 'grow', 'extend'].includes(plan.action);
  return stable(stopped ? `plan: ${plan.action}: ${plan.reason}` : report.reason);
};

const stable = (text: string): string => text.replace(VARIABLE, '#').slice(0, LENGTH);

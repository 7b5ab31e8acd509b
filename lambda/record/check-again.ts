import {
  outputOf,
  stepOf,
  type AutomationExecutionFacts,
} from '../../lib/domain/outcome/automation-execution';
import { DISK_METRIC, diskMetricDimensions, type PlacedReporter } from '../../lib/domain/names/disk-metric';
import { known, unknown } from '../../lib/domain/known';
import { nextDatapoint, type NextDatapoint } from '../../lib/domain/sweep/next-datapoint';
import { readScriptResult } from '../../lib/domain/node/run-command-output';
import { describeError } from '../../lib/aws/errors';
import type { RecordClient } from './record.client';

/** The agent reports once a minute. */
const PERIOD_SECONDS = 60;

/**
 * Asks the node's metric what it says after verification. It does not wait for it: see docs/decisions/0004.
 * undefined: the node was not verified, so there is nothing to confirm. Never throws.
 */
export const checkAgain = async (
  client: RecordClient,
  execution: AutomationExecutionFacts,
  reporter: PlacedReporter,
  warningPercent: number,
  nowMs: number,
): Promise<NextDatapoint | undefined> => {
  const step = stepOf(execution, 'verify');
  const verify = readScriptResult(outputOf(step, 'Output'), 'verify-node');
  const verifiedAtMs = step?.endedAtMs;
  if (!verify.ok || verifiedAtMs === undefined) return undefined;
  try {
    const samples = await client.metric({
      namespace: reporter.namespace,
      name: DISK_METRIC.name,
      dimensions: diskMetricDimensions(reporter, verify.value.root.fsType),
      periodSeconds: PERIOD_SECONDS,
      fromMs: verifiedAtMs,
      toMs: Math.max(nowMs, verifiedAtMs) + PERIOD_SECONDS * 1_000,
    });
    return nextDatapoint(known(samples), verifiedAtMs, warningPercent);
  } catch (error) {
    return nextDatapoint(unknown(describeError(error)), verifiedAtMs, warningPercent);
  }
};

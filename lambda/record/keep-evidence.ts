import {
  assessStepOf,
  outputOf,
  parameterOf,
  type AutomationExecutionFacts,
} from '../../lib/domain/outcome/automation-execution';
import { assessKeyOf } from '../../lib/domain/names/evidence-place';
import { readScriptResult } from '../../lib/domain/node/run-command-output';
import type { Log } from '../shared/log';
import type { OwnedBucket } from '../../lib/aws/objects';
import type { RecordClient } from './record.client';

export interface EvidenceResult {
  readonly evidenceKey: string;
  /** Whether the figures could be read; the output is kept as it came in any case. */
  readonly readable: boolean;
}

/**
 * Keeps what `assess` (or `assessAgain`) saw before `reclaim` deletes anything. Writing it again makes a new version of the same object.
 * @throws what the SDK throws
 */
export const keepEvidence = async (
  client: RecordClient,
  log: Log,
  where: { readonly bucket: OwnedBucket; readonly environment: string; readonly nowMs: number },
  execution: AutomationExecutionFacts,
): Promise<EvidenceResult> => {
  const { executionId } = execution;
  const instanceId = parameterOf(execution, 'InstanceId');
  const output = outputOf(assessStepOf(execution), 'Output');
  const reading = readScriptResult(output, 'assess-node');
  const evidenceKey = assessKeyOf(instanceId, executionId);
  const evidence = {
    schema: 1,
    ...{ environment: where.environment, instanceId, executionId },
    keptAt: new Date(where.nowMs).toISOString(),
    assess: reading.ok ? reading.value : null,
    unreadable: reading.ok ? null : reading.why,
    // Unparsed: an operator may still learn from it what happened.
    output: output ?? null,
  };
  await client.putObject(where.bucket, evidenceKey, `${JSON.stringify(evidence, null, 2)}\n`, {});
  log.info('evidence kept', { executionId, evidenceKey, readable: reading.ok });
  return { evidenceKey, readable: reading.ok };
};

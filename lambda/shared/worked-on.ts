import { mapWithConcurrency } from './map-with-concurrency';
import type { ListedExecution } from '../../lib/aws/executions';
import type { ExecutionsClient } from './executions.client';

/** GetAutomationExecution calls under way at a time. */
const AT_ONCE = 10;

export interface WorkedOn {
  readonly documentName: string;
  readonly executionId: string;
  /** '' when the execution has no such parameter. */
  readonly instanceId: string;
}

/**
 * What executions of these documents work on now. One that waits in the queue disrupts nothing, and looks at the others itself
 * when it has begun, so that no more are asked for than the account runs at a time. @throws what the SDK throws
 */
export const workedOn = async (
  executions: Pick<ExecutionsClient, 'running' | 'instanceOf'>,
  documentNames: readonly string[],
): Promise<readonly WorkedOn[]> => {
  const listed = await Promise.all(
    documentNames.map(async (documentName) =>
      (await executions.running(documentName)).map(({ executionId }: ListedExecution) => ({
        documentName,
        executionId,
      })),
    ),
  );
  const asked = await mapWithConcurrency(listed.flat(), AT_ONCE, async (each) => ({
    ...each,
    instanceId: await executions.instanceOf(each.executionId),
  }));
  return asked.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
};

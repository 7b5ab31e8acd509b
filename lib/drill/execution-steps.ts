import { z } from 'zod';

/** One step of an execution, out of what GetAutomationExecution answers. */
export interface ExecutionStep {
  readonly executionId: string;
  readonly document: string;
  readonly name: string;
  readonly status: string;
  readonly startedAt: Date;
  readonly seconds: number;
  readonly failureMessage: string;
}

const answer = z.object({
  AutomationExecutionId: z.string(),
  DocumentName: z.string(),
  StepExecutions: z.array(
    z.object({
      StepName: z.string(),
      StepStatus: z.string(),
      ExecutionStartTime: z.date().optional(),
      ExecutionEndTime: z.date().optional(),
      FailureMessage: z.string().optional(),
    }),
  ),
});

/** The steps that were reached, oldest first. */
export const executionSteps = (executions: readonly unknown[]): ExecutionStep[] =>
  executions.flatMap((execution) => {
    const {
      AutomationExecutionId: executionId,
      DocumentName: document,
      StepExecutions,
    } = answer.parse(execution);
    return StepExecutions.flatMap(({ ExecutionStartTime: startedAt, ...step }) =>
      startedAt === undefined
        ? []
        : [
            {
              executionId,
              document,
              name: step.StepName,
              status: step.StepStatus,
              startedAt,
              seconds: ((step.ExecutionEndTime ?? startedAt).getTime() - startedAt.getTime()) / 1000,
              failureMessage: step.FailureMessage ?? '',
            },
          ],
    );
  });

import { causeIn } from '../domain/node/cause-line';
import type { HealReport } from '../domain/outcome/heal-report';
import { executionSteps } from './execution-steps';
import type { DrillStep } from './report/drill-report';

/** Every step of every execution, with the words of the report where there is one. */
export const drillSteps = (executions: readonly unknown[], report: HealReport | undefined): DrillStep[] =>
  executionSteps(executions).map((step) => {
    const told =
      report?.executionId === step.executionId
        ? report.steps.find(({ name }) => name === step.name)
        : undefined;
    return {
      name: step.name,
      startedAt: step.startedAt.toISOString(),
      seconds: step.seconds,
      status: step.status,
      ...(told?.bytesFreed === undefined ? {} : { bytesFreed: told.bytesFreed }),
      detail: told?.detail ?? causeIn(step.failureMessage, 600),
    };
  });

import { causeIn } from '../domain/node/cause-line';
import type { HealReport } from '../domain/outcome/heal-report';
import { executionSteps } from './execution-steps';
import type { DrillStep } from './report/drill-report';

/** Every step of every execution, with the words of the report where there is one. */
export const drillSteps = (executions: readonly unknown[], report: HealReport | undefined): DrillStep[] =>
  executionSteps(executions).map((step) => {
    const reported =
      report?.executionId === step.executionId
        ? report.steps.find(({ name }) => name === step.name)
        : undefined;
    return {
      executionId: step.executionId,
      document: step.document,
      name: step.name,
      startedAt: step.startedAt.toISOString(),
      seconds: step.seconds,
      status: step.status,
      ...(reported?.bytesFreed === undefined ? {} : { bytesFreed: reported.bytesFreed }),
      detail: reported?.detail ?? causeIn(step.failureMessage, 600),
    };
  });

import { type AccountEvent, type Execution, text } from '../../packages/local-aws/src';
import type { CrashPoints, CrashTime } from './crash-points';

/**
 * Every step of an execution is a place for a crash: there it is stopped, as StopAutomationExecution of type Cancel does it.
 * Before the step, it does not begin; after it, nothing follows.
 */
export class CrashingSteps {
  /** By the execution's id: what is to happen at the step that runs. */
  private readonly running = new Map<string, CrashTime | undefined>();

  constructor(
    private readonly points: CrashPoints,
    private readonly executions: () => readonly Execution[],
  ) {}

  /** All events of the local cloud. */
  readonly hear = ({ kind, data, summary }: AccountEvent): void => {
    if (kind !== 'step-started' && kind !== 'step-ended') return;
    const executionId = text(data.executionId, 'executionId');
    if (kind === 'step-started') this.running.set(executionId, this.points.meet('step', summary));
    const now = kind === 'step-started' ? 'before' : 'after';
    if (this.running.get(executionId) !== now) return;
    this.executions()
      .find(({ id }) => id === executionId)
      ?.cancel();
  };
}

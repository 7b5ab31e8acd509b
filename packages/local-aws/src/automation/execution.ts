import { ClockTimeout, withTimeout } from '../time/clock';
import type { ParameterValues } from './documents';
import { errorMessage, fields, type Fields } from '../values/fields';
import { unwitnessed } from '../unwitnessed';
import { ACTIONS } from './actions';
import { ACTION_TIMEOUT_SECONDS } from './code-steps';
import type { AutomationDocument } from './document';
import { interpolate, systemVariables, typedParameter, type Lookup } from './interpolation';
import { declaredOutputs, PLACEHOLDER } from './outputs';
import { StepClock } from './step-clock';
import { newStepRecord, type StepRecord } from './records';
import {
  StepFailure,
  type ActionResult,
  type AutomationWorld,
  type ExecutionStatus,
  type StepDefinition,
  type StepSignals,
} from './types';

/** A document can jump backwards; no honest one takes this many steps. */
const MAX_STEPS = 200;

/** One run of an Automation document. */
export class Execution {
  status: ExecutionStatus = 'Pending';
  startedAt: Date;
  endedAt: Date | undefined;
  failureMessage: string | undefined;
  readonly steps: StepRecord[] = [];
  private readonly values = new Map<string, unknown>();
  private answer: 'Approve' | 'Reject' | undefined;
  private cancelled = false;
  private criticalFailure: string | undefined;

  constructor(
    readonly id: string,
    readonly document: AutomationDocument,
    readonly parameters: ParameterValues,
    /** The role whose permissions the steps use. */
    readonly executedBy: string,
    private readonly world: AutomationWorld,
  ) {
    this.startedAt = world.clock.now();
  }

  /** A person's answer to the step that waits for one. @returns whether one does */
  signal(answer: 'Approve' | 'Reject'): boolean {
    if (this.status !== 'Waiting') return false;
    this.answer = answer;
    return true;
  }

  private readonly signals: StepSignals = {
    take: () => {
      const { answer } = this;
      this.answer = undefined;
      this.status = answer === undefined ? 'Waiting' : 'InProgress';
      return answer;
    },
  };

  /** Ends after the current step (its onCancel step runs). */
  cancel(): void {
    this.cancelled = true;
    if (this.status === 'InProgress' || this.status === 'Waiting') this.status = 'Cancelling';
  }

  get ended(): boolean {
    return this.endedAt !== undefined;
  }

  /** `step.Output` → value of every output that the document declares; a placeholder where the step did not succeed. */
  get outputs(): Fields {
    return Object.fromEntries(
      this.document.outputs.map((name) => {
        const [step] = name.split('.');
        const succeeded = this.steps.some((each) => each.name === step && each.status === 'Success');
        return [name, (succeeded ? this.lookup(name) : undefined) ?? PLACEHOLDER];
      }),
    );
  }

  private readonly lookup: Lookup = (name) => {
    if (this.values.has(name)) return this.values.get(name);
    const values = this.parameters[name];
    if (values) return typedParameter(this.document.parameterTypes[name] ?? 'String', values);
    return systemVariables(this.id, this.world.place.region, this.startedAt)[name];
  };

  /** Runs to the end; never rejects, except for a mistake of the local AWS itself. */
  async run(): Promise<void> {
    this.startedAt = this.world.clock.now();
    if (!this.cancelled) this.status = 'InProgress';
    try {
      await this.runSteps();
      this.finish();
    } catch (error) {
      this.failureMessage = errorMessage(error);
      this.status = 'Failed';
      throw error;
    } finally {
      this.endedAt = this.world.clock.now();
    }
  }

  private finish(): void {
    if (this.cancelled) this.status = 'Cancelled';
    else if (this.criticalFailure === undefined) this.status = 'Success';
    else {
      const timedOut = this.steps.at(-1)?.status === 'TimedOut';
      this.status = timedOut ? 'TimedOut' : 'Failed';
      this.failureMessage = this.criticalFailure;
    }
  }

  private async runSteps(): Promise<void> {
    let step: StepDefinition | undefined = this.cancelled ? undefined : this.document.steps[0];
    for (let count = 0; step; count += 1) {
      if (count >= MAX_STEPS)
        throw new Error(`document ${this.document.name} took ${MAX_STEPS} steps without an end`);
      const record = await this.runStep(step);
      const next = this.cancelled ? this.afterCancel(step) : this.after(step, record);
      step = next === undefined ? undefined : this.named(next);
    }
  }

  private named(name: string): StepDefinition {
    const step = this.document.steps.find((candidate) => candidate.name === name);
    if (!step) throw new Error(`document ${this.document.name}: there is no step ${name}`);
    return step;
  }

  private afterCancel(step: StepDefinition): string | undefined {
    const done = this.steps.some(({ name }) => step.onCancel === `step:${name}`);
    return step.onCancel.startsWith('step:') && !done ? step.onCancel.slice('step:'.length) : undefined;
  }

  private following(step: StepDefinition): string | undefined {
    if (step.isEnd) return undefined;
    return step.nextStep ?? this.document.steps[this.document.steps.indexOf(step) + 1]?.name;
  }

  private after(step: StepDefinition, record: StepRecord): string | undefined {
    if (record.status === 'Success') return record.branchedTo ?? this.following(step);
    if (step.isCritical) this.criticalFailure ??= record.failureMessage;
    if (step.onFailure === 'Continue') return this.following(step);
    return step.onFailure.startsWith('step:') ? step.onFailure.slice('step:'.length) : undefined;
  }

  private async runStep(step: StepDefinition): Promise<StepRecord> {
    const { clock, onEvent } = this.world;
    const record = newStepRecord(`${this.id}/${this.steps.length}`, step, clock.now());
    this.steps.push(record);
    const cancelledBefore = this.cancelled;
    onEvent({
      at: clock.now(),
      kind: 'step-started',
      summary: step.name,
      data: { executionId: this.id, step: step.name, action: step.action },
    });
    // The event's listener cancelled the execution: the step does not begin.
    if (this.cancelled && !cancelledBefore) {
      Object.assign(record, { status: 'Cancelled', endedAt: clock.now() });
      return record;
    }
    for (let attempt = 1; attempt <= step.maxAttempts; attempt += 1) {
      record.attempts = attempt;
      await this.attempt(step, record);
      if (record.status === 'Success' || this.cancelled) break;
    }
    record.endedAt = clock.now();
    const data = { executionId: this.id, ...record };
    onEvent({ at: record.endedAt, kind: 'step-ended', summary: `${step.name} ${record.status}`, data });
    return record;
  }

  private async attempt(step: StepDefinition, record: StepRecord): Promise<void> {
    const inputs = fields(interpolate(step.inputs, this.lookup), step.name);
    record.inputs = inputs;
    try {
      const result = await this.limited(step, inputs);
      this.remember(
        step,
        { ...result.outputs, ...declaredOutputs(step.outputs, result.response ?? result.outputs) },
        record,
      );
      record.status = 'Success';
      record.failureMessage = undefined;
      record.responseCode = result.responseCode ?? '0';
      record.branchedTo = result.nextStep;
    } catch (error) {
      this.fail(step, record, error);
    }
  }

  private async limited(step: StepDefinition, inputs: Fields): Promise<ActionResult> {
    const action = ACTIONS[step.action];
    if (!action) throw new Error(`unknown action ${step.action}`);
    const seconds = step.timeoutSeconds ?? ACTION_TIMEOUT_SECONDS[step.action];
    const world = { ...this.world, signals: this.signals };
    if (seconds === undefined) return action.run(inputs, world, step);
    const { clock } = this.world;
    const own = new StepClock(clock);
    try {
      const work = action.run(inputs, { ...world, clock: own }, step);
      return await withTimeout(clock, seconds, `step ${step.name}`, work);
    } finally {
      if (this.status === 'Waiting') this.status = 'InProgress';
      own.end();
    }
  }

  private remember(step: StepDefinition, outputs: Fields, record: StepRecord): void {
    record.outputs = outputs;
    for (const [name, value] of Object.entries(outputs)) this.values.set(`${step.name}.${name}`, value);
  }

  private fail(step: StepDefinition, record: StepRecord, error: unknown): void {
    const failure = error instanceof StepFailure ? error.failure : {};
    if (failure.outputs) {
      const { failedStepReference } = this.world.unwitnessed ?? unwitnessed();
      if (failedStepReference === 'resolves') this.remember(step, failure.outputs, record);
      else record.outputs = failure.outputs;
    }
    record.status = error instanceof ClockTimeout ? 'TimedOut' : (failure.status ?? 'Failed');
    record.failureMessage = errorMessage(error);
    record.failureStage = failure.stage ?? 'Invocation';
    record.failureType = failure.type ?? (error instanceof ClockTimeout ? 'Timeout' : 'Failure');
    record.responseCode = failure.responseCode ?? '';
  }
}

import type { Clock } from '../time/clock';
import type { EventSink } from '../account-event';
import type { Fields } from '../values/fields';
import type { Place } from '../template/physical-ids';
import type { Unwitnessed } from '../unwitnessed';

export type StepStatus = 'Pending' | 'InProgress' | 'Success' | 'Failed' | 'TimedOut' | 'Cancelled';
export type ExecutionStatus =
  'Pending' | 'InProgress' | 'Waiting' | 'Success' | 'Failed' | 'TimedOut' | 'Cancelling' | 'Cancelled';

/** A step that did not succeed; `outputs` are what it had produced by then. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
  constructor(
    message: string,
    readonly failure: {
      readonly stage?: string;
      readonly type?: string;
      readonly status?: 'Failed' | 'TimedOut';
      readonly outputs?: Fields;
      readonly responseCode?: string;
    } = {},
  ) {
    super(message);
  }
}

/** What an action gives back: named outputs, and for a branch where to go. */
export interface ActionResult {
  /** The names that `{{ step.Name }}` reads; the raw response for outputs with a Selector. */
  readonly outputs: Fields;
  readonly response?: unknown;
  readonly responseCode?: string;
  readonly nextStep?: string;
}

export interface LambdaAnswer {
  readonly statusCode: number;
  readonly functionError?: string;
  /** JSON text. */
  readonly payload: string;
  readonly logTail: string;
}

/** What an execution needs of the world. Calls are made as the document's role. */
export interface AutomationWorld {
  /** @default - the first of each */
  readonly unwitnessed?: Unwitnessed;
  readonly clock: Clock;
  readonly place: Place;
  readonly onEvent: EventSink;
  /** Of the execution. */
  readonly signals?: StepSignals;
  call(service: string, operation: string, input: Fields): Promise<Fields>;
  invokeFunction(nameOrArn: string, payload: string): Promise<LambdaAnswer>;
  /** Runs `handler(payload, context)` of a Python script; the value it returns, as JSON. */
  runPython(script: string, handler: string, payload: Fields, timeoutSeconds: number): Promise<unknown>;
}

/** What SendAutomationSignal says to the step of an execution that waits for it. */
export interface StepSignals {
  /** undefined: nothing yet. The step must wait for it now. */
  take(step: string): 'Approve' | 'Reject' | undefined;
}

export type Action = (inputs: Fields, world: AutomationWorld, step: StepDefinition) => Promise<ActionResult>;

export interface StepDefinition {
  readonly name: string;
  readonly action: string;
  readonly inputs: Fields;
  readonly onFailure: string;
  readonly onCancel: string;
  readonly isCritical: boolean;
  readonly isEnd: boolean;
  readonly nextStep: string | undefined;
  readonly maxAttempts: number;
  readonly timeoutSeconds: number | undefined;
  readonly outputs: readonly OutputDefinition[];
}

export interface OutputDefinition {
  readonly name: string;
  readonly selector: string;
  readonly type: string;
}

/** What happened in the local cloud, for the timeline and the report. */
export interface AccountEvent {
  readonly at: Date;
  readonly kind:
    | 'metric'
    | 'alarm'
    | 'event'
    | 'queue'
    | 'lambda'
    | 'execution'
    | 'step-started'
    | 'step-ended'
    | 'api-call'
    | 'message'
    | 'ops-item'
    | 'machine'
    | 'log';
  /** One line for people. */
  readonly summary: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export type EventSink = (event: AccountEvent) => void;

/** `{fail: 'ssm:SendCommand', error: 'ThrottlingException', times: 2}`: the next two calls fail with it. */
export interface FaultRule {
  /** `service:Operation`. */
  readonly fail: string;
  /** The error's name as the SDK gives it. */
  readonly error: string;
  /** How many calls fail. @default 1 */
  readonly times?: number;
}

import { AwsError, injectedError } from './aws-error';
import type { Clock } from '../time/clock';
import type { AccountEvent, EventSink, FaultRule } from '../account-event';
import { errorMessage, errorName, isFields, type Fields } from '../values/fields';
import type { AccessRequest } from '../iam/iam-policy';
import { checkInput, type InputShape } from './input-shape';

/** Who calls: a role of the assembly. Undefined for an operator, who may do everything. */
export interface Principal {
  readonly roleArn: string;
}

export interface Operation {
  readonly input: InputShape;
  /** What IAM is asked. Everything listed must be allowed. */
  readonly access: (input: Fields, principal: Principal | undefined) => readonly AccessRequest[];
  readonly run: (input: Fields, principal: Principal | undefined) => Fields | Promise<Fields>;
}

/** Operations of one service by their API name. */
export type Service = Readonly<Record<string, Operation>>;

export interface Authority {
  authorize(roleArn: string, request: AccessRequest): void;
}

/** One call of a function or an execution. */
export interface ApiCall {
  readonly service: string;
  readonly operation: string;
  readonly principal: Principal;
}

/** What happens to the calls of functions and executions: time, throttling, answers that are lost. */
export interface Interference {
  /** @throws AwsError: what the caller gets, whether or not the call was carried out */
  around<T>(call: ApiCall, carryOut: () => Promise<T>): Promise<T>;
}

export interface LocalAwsOptions {
  readonly clock: Clock;
  /** Keys: `ssm`, `ec2`, `cloudwatch`, `sns`, `s3`, `sqs`, `autoscaling`, `events`. */
  readonly services: Readonly<Record<string, Service>>;
  readonly iam?: Authority;
  readonly faults?: readonly FaultRule[];
  readonly onEvent?: EventSink;
  readonly interference?: Interference;
}

/** Answers SDK calls with the shapes, error names and limits of AWS. Whatever it does not know is an error. */
export class LocalAws {
  private readonly counts = new Map<string, number>();
  private readonly faultsLeft: { readonly rule: FaultRule; left: number }[] = [];

  constructor(private readonly options: LocalAwsOptions) {
    this.addFaults(options.faults ?? []);
  }

  /** They strike after those that are left. @throws for an operation that the local cloud does not have */
  addFaults(faults: readonly FaultRule[]): void {
    for (const { fail } of faults) {
      const [service = '', operation = ''] = fail.split(':');
      if (!this.options.services[service]?.[operation])
        throw new Error(`fault on ${fail}: there is no such operation`);
    }
    this.faultsLeft.push(...faults.map((rule) => ({ rule, left: rule.times ?? 1 })));
  }

  /** Calls so far, `service:Operation` → number; failed ones count. */
  get apiCalls(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.counts].sort(([left], [right]) => (left < right ? -1 : 1)));
  }

  /** @throws AwsError as the SDK would; Error for an operation or service that the local cloud does not have */
  async call(service: string, operation: string, input: unknown, principal?: Principal): Promise<Fields> {
    const name = `${service}:${operation}`;
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    try {
      const output = await this.answer(service, operation, input, principal);
      this.report(name, { input, principal: principal?.roleArn });
      return output;
    } catch (error) {
      this.report(`${name} → ${errorName(error)}`, {
        input,
        principal: principal?.roleArn,
        error: errorMessage(error),
      });
      throw error;
    }
  }

  /** As `call`, for what only an observer asks: it is not counted, and meets no fault. */
  async look(service: string, operation: string, input: Fields): Promise<Fields> {
    const found = this.options.services[service]?.[operation];
    if (!found) throw new Error(`the local cloud has no operation ${service}:${operation}`);
    return found.run(input, undefined);
  }

  private async answer(
    service: string,
    name: string,
    input: unknown,
    principal?: Principal,
  ): Promise<Fields> {
    const operation = this.options.services[service]?.[name];
    if (!operation) throw new Error(`the local cloud has no operation ${service}:${name}`);
    const fault = this.faultsLeft.find(({ rule, left }) => left > 0 && rule.fail === `${service}:${name}`);
    if (fault) {
      fault.left -= 1;
      throw injectedError(fault.rule.error, service, name);
    }
    const { iam, interference } = this.options;
    const carryOut = async (): Promise<Fields> => {
      if (!isFields(input))
        throw new AwsError('ValidationException', `${service}:${name}: the input must be an object`);
      checkInput(service, name, operation.input, input);
      if (principal && iam) {
        for (const request of operation.access(input, principal)) iam.authorize(principal.roleArn, request);
      }
      return operation.run(input, principal);
    };
    return principal && interference
      ? interference.around({ service, operation: name, principal }, carryOut)
      : carryOut();
  }

  private report(summary: string, data: AccountEvent['data']): void {
    this.options.onEvent?.({ at: this.options.clock.now(), kind: 'api-call', summary, data });
  }
}

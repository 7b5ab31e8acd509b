import type { Assembly, AssemblyResource } from '../template/assembly';
import type { LambdaAnswer } from '../automation/types';
import { withTimeout, type Clock } from '../time/clock';
import type { EventSink } from '../account-event';
import {
  errorMessage,
  errorName,
  fields,
  isFields,
  number,
  optional,
  parseJson,
  text,
} from '../values/fields';
import { uuidFrom } from '../values/ids';
import { errorPayload, loadFunctionModule, type FunctionModules } from './lambda-module';
import type { SdkClients } from '../api/sdk-clients';

/** A function's environment. */
export type Variables = Readonly<Record<string, string>>;

/** One line that a function printed. */
export interface LambdaLogLine {
  readonly at: Date;
  readonly functionName: string;
  readonly line: string;
}

export interface LambdaRuntimeOptions {
  readonly assembly: Assembly;
  readonly clock: Clock;
  readonly onEvent: EventSink;
  clientsFor(roleArn: string): SdkClients;
  /** Modules that earlier runs have loaded. @default - every container loads its own, as a cold start does */
  readonly modules?: FunctionModules;
}

type Handler = (event: unknown, context: unknown) => Promise<unknown>;

/** An execution environment: it serves one invocation at a time and stays warm for the next one. */
interface Container {
  readonly handler: Handler;
  print: (line: string) => void;
}

const DEFAULT_TIMEOUT_SECONDS = 3;
/** Between the attempts of an asynchronous invocation. */
const RETRY_PAUSES_SECONDS = [60, 120] as const;
const DEFAULT_MEMORY_MIB = 128;

const memoryMiB = ({ properties, physicalId }: AssemblyResource): string =>
  String(optional(properties.MemorySize, `${physicalId} MemorySize`, number, DEFAULT_MEMORY_MIB));

/** Invokes the synthesized functions: their bundle, environment, role and timeout. */
export class LambdaRuntime {
  readonly logs: LambdaLogLine[] = [];
  private adapt: (variables: Variables) => Variables = (variables) => variables;
  private readonly idle = new Map<string, Container[]>();
  private invocations = 0;

  constructor(private readonly options: LambdaRuntimeOptions) {}

  /** From now on functions have these variables, as after a deploy: warm containers of before serve no more. */
  deployVariables(adapt: (variables: Variables) => Variables): void {
    this.adapt = adapt;
    this.idle.clear();
  }

  find(nameOrArn: string): AssemblyResource {
    const found = this.options.assembly
      .ofType('AWS::Lambda::Function')
      .find(({ physicalId, arn }) => physicalId === nameOrArn || arn === nameOrArn);
    if (!found) throw new Error(`there is no function ${nameOrArn}`);
    return found;
  }

  /** A handler that throws gives `functionError: 'Unhandled'`, as Lambda does; a function that can't be loaded throws. */
  async invoke(nameOrArn: string, payload: string): Promise<LambdaAnswer> {
    const resource = this.find(nameOrArn);
    const { physicalId: functionName } = resource;
    this.invocations += 1;
    const requestId = uuidFrom(`invocation/${this.invocations}`);
    const lines: string[] = [];
    const print = (line: string): void => {
      lines.push(line);
      this.logs.push({ at: this.options.clock.now(), functionName, line });
      this.options.onEvent({
        at: this.options.clock.now(),
        kind: 'log',
        summary: `${functionName}: ${line}`,
        data: { functionName, line },
      });
    };
    const warm = this.idle.get(functionName) ?? [];
    this.idle.set(functionName, warm);
    const container = warm.pop() ?? this.load(resource);
    container.print = print;
    const answer = await this.run(resource, container.handler, payload, requestId);
    // What timed out or threw begins anew: the harder case for a handler that remembers things.
    if (answer.functionError === undefined) warm.push(container);
    const logTail = Buffer.from(lines.join('\n').slice(-4096)).toString('base64');
    const error = answer.functionError === undefined ? '' : ` failed: ${answer.payload}`;
    const data = { functionName, requestId, payload, answer: answer.payload, error: answer.functionError };
    this.options.onEvent({
      at: this.options.clock.now(),
      kind: 'lambda',
      summary: `${functionName}${error}`,
      data,
    });
    return { ...answer, logTail };
  }

  /** As a service invokes it that does not wait: again after one and after two minutes, as far as its configuration lets it. */
  async invokeAsynchronously(nameOrArn: string, payload: string): Promise<void> {
    const { functionError } = await this.invoke(nameOrArn, payload);
    let failed = functionError !== undefined;
    for (const pauseSeconds of RETRY_PAUSES_SECONDS.slice(0, this.retries(nameOrArn))) {
      if (!failed) return;
      await this.options.clock.sleep(pauseSeconds);
      failed = (await this.invoke(nameOrArn, payload)).functionError !== undefined;
    }
  }

  private retries(nameOrArn: string): number {
    const { physicalId } = this.find(nameOrArn);
    const configuration = this.options.assembly
      .ofType('AWS::Lambda::EventInvokeConfig')
      .find(({ properties }) => properties.FunctionName === physicalId);
    return optional(
      configuration?.properties.MaximumRetryAttempts,
      `${physicalId} MaximumRetryAttempts`,
      number,
      RETRY_PAUSES_SECONDS.length,
    );
  }

  private load(resource: AssemblyResource): Container {
    const { assembly, clock } = this.options;
    const where = `function ${resource.physicalId}`;
    const variables = optional(resource.properties.Environment, where, fields, {}).Variables;
    const declared = Object.entries(optional(variables, `${where} Environment`, fields, {}));
    const environment = this.adapt(
      Object.fromEntries(declared.map(([key, value]) => [key, text(value, `${where} ${key}`)])),
    );
    const own = {
      AWS_REGION: assembly.place.region,
      AWS_LAMBDA_FUNCTION_NAME: resource.physicalId,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memoryMiB(resource),
    };
    const output: { print: (line: string) => void } = { print: () => undefined };
    const globals = {
      environment: { ...own, ...environment },
      clock,
      print: (line: string) => output.print(line),
    };
    const path = assembly.codePath(resource);
    const exported = this.options.modules?.load(path, globals) ?? loadFunctionModule(path, globals);
    const { createHandler } = exported;
    if (typeof createHandler !== 'function') throw new Error(`${where}: its bundle exports no createHandler`);
    const clients = this.options.clientsFor(text(resource.properties.Role, `${where} Role`));
    const handler = (createHandler as (clients: SdkClients) => Handler)(clients);
    return Object.assign(output, { handler });
  }

  private async run(
    resource: AssemblyResource,
    handler: Handler,
    payload: string,
    requestId: string,
  ): Promise<Omit<LambdaAnswer, 'logTail'>> {
    const { clock } = this.options;
    const name = resource.physicalId;
    const seconds = optional(resource.properties.Timeout, `${name} Timeout`, number, DEFAULT_TIMEOUT_SECONDS);
    const end = clock.now().getTime() + seconds * 1000;
    const context = {
      functionName: name,
      functionVersion: '$LATEST',
      invokedFunctionArn: resource.arn,
      memoryLimitInMB: memoryMiB(resource),
      awsRequestId: requestId,
      logGroupName: `/aws/lambda/${name}`,
      logStreamName: 'local',
      callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => Math.max(0, end - clock.now().getTime()),
    };
    try {
      const work = Promise.resolve(handler(parseJson(payload, `the payload of ${name}`), context));
      const value = await withTimeout(clock, seconds, `function ${name}`, work);
      return { statusCode: 200, payload: JSON.stringify(value ?? null) };
    } catch (error) {
      const stack = isFields(error) && typeof error.stack === 'string' ? error.stack : '';
      return {
        statusCode: 200,
        functionError: 'Unhandled',
        payload: errorPayload(errorName(error), errorMessage(error), stack),
      };
    }
  }
}

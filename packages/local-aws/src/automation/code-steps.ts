import { errorMessage, fields, onlyKeys, optional, text, type Fields } from '../values/fields';
import { unwitnessed } from '../unwitnessed';
import { APPROVE_TIMEOUT_SECONDS } from './approve-step';
import { StepFailure, type Action } from './types';

const DEFAULT_SCRIPT_SECONDS = 600;
const LAMBDA_SECONDS = 300;

export function checkLambda(inputs: Fields, where: string): void {
  onlyKeys(
    inputs,
    ['FunctionName', 'InvocationType', 'LogType', 'Payload', 'InputPayload'],
    `${where}.inputs`,
  );
  text(inputs.FunctionName, `${where}.inputs.FunctionName`);
  const type = optional(inputs.InvocationType, `${where}.inputs.InvocationType`, text, 'RequestResponse');
  if (type !== 'RequestResponse') throw new Error(`${where}: InvocationType ${type} is not interpreted`);
  if (inputs.Payload !== undefined && inputs.InputPayload !== undefined) {
    throw new Error(`${where}: Payload and InputPayload exclude each other`);
  }
}

/** Outputs: StatusCode, Payload, LogResult, and FunctionError of a function that threw, which may fail the step or not. */
export const invokeLambdaFunction: Action = async (inputs, world) => {
  const payload =
    optional(inputs.Payload, 'Payload', text, undefined) ?? JSON.stringify(inputs.InputPayload ?? {});
  const answer = await world
    .invokeFunction(text(inputs.FunctionName, 'FunctionName'), payload)
    .catch((error: unknown) => {
      throw new StepFailure(`Step fails when it is invoking the lambda function. ${errorMessage(error)}`, {
        stage: 'Invocation',
      });
    });
  const outputs: Fields = {
    StatusCode: String(answer.statusCode),
    Payload: answer.payload,
    LogResult: answer.logTail,
    ...(answer.functionError === undefined ? {} : { FunctionError: answer.functionError }),
  };
  const { lambdaError } = world.unwitnessed ?? unwitnessed();
  if (answer.functionError === undefined || lambdaError === 'succeeds-with-function-error')
    return { outputs, responseCode: String(answer.statusCode) };
  throw new StepFailure(
    `Step fails when it is Execute/Cancelling action. Lambda function returned an error: ${answer.functionError} ${answer.payload}`,
    { stage: 'Invocation', type: 'FunctionError', outputs, responseCode: String(answer.statusCode) },
  );
};

export function checkScript(inputs: Fields, where: string): void {
  onlyKeys(inputs, ['Runtime', 'Handler', 'Script', 'InputPayload'], `${where}.inputs`);
  const runtime = text(inputs.Runtime, `${where}.inputs.Runtime`);
  if (!/^python3\.\d+$/.test(runtime)) throw new Error(`${where}: runtime ${runtime} is not interpreted`);
  text(inputs.Handler, `${where}.inputs.Handler`);
  text(inputs.Script, `${where}.inputs.Script`);
}

/** Runs a Python handler. Output: Payload, what the handler returned. */
export const executeScript: Action = async (inputs, world, step) => {
  const payload = optional(inputs.InputPayload, 'InputPayload', fields, {});
  const seconds = step.timeoutSeconds ?? DEFAULT_SCRIPT_SECONDS;
  try {
    const value = await world.runPython(
      text(inputs.Script, 'Script'),
      text(inputs.Handler, 'Handler'),
      payload,
      seconds,
    );
    return { outputs: { Payload: value }, response: { Payload: value } };
  } catch (error) {
    throw new StepFailure(`Step fails when it is running the script. Failure: ${errorMessage(error)}`, {
      stage: 'Invocation',
      type: 'ScriptFailed',
    });
  }
};

/** AWS's own limits, where the step sets none. */
export const ACTION_TIMEOUT_SECONDS: Readonly<Record<string, number>> = {
  'aws:invokeLambdaFunction': LAMBDA_SECONDS,
  'aws:executeScript': DEFAULT_SCRIPT_SECONDS,
  'aws:executeAwsApi': 25,
  'aws:waitForAwsResourceProperty': 3600,
  'aws:approve': APPROVE_TIMEOUT_SECONDS,
};

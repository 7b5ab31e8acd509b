import { errorMessage, errorName, fields, list, text, type Fields } from '../values/fields';
import { unwitnessed } from '../unwitnessed';
import { select, shownText } from './outputs';
import { StepFailure, type Action, type AutomationWorld } from './types';

/** boto3 names (`describe_instances`) and API names (`DescribeInstances`) mean the same operation. */
export const operationName = (api: string): string =>
  api.includes('_') || /^[a-z]/.test(api)
    ? api
        .split('_')
        .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
        .join('')
    : api;

/** Automation sees JSON: dates are texts. */
const asJson = (value: unknown): Fields => fields(JSON.parse(JSON.stringify(value)), 'the response');

async function callApi(inputs: Fields, world: AutomationWorld, not: readonly string[]): Promise<Fields> {
  const { Service: service, Api: api, ...rest } = inputs;
  const input = Object.fromEntries(Object.entries(rest).filter(([key]) => !not.includes(key)));
  const operation = operationName(text(api, 'Api'));
  try {
    return asJson(await world.call(text(service, 'Service'), operation, input));
  } catch (error) {
    const message = `An error occurred (${errorName(error)}) when calling the ${operation} operation: ${errorMessage(error)}`;
    throw new StepFailure(`Step fails when it is calling Api. ${message}`, {
      stage: 'Invocation',
      type: errorName(error),
    });
  }
}

export function checkApi(inputs: Fields, where: string): void {
  text(inputs.Service, `${where}.inputs.Service`);
  text(inputs.Api, `${where}.inputs.Api`);
}

export const executeAwsApi: Action = async (inputs, world) => {
  const response = await callApi(inputs, world, []);
  return { outputs: {}, response };
};

/** Seconds between two looks. AWS does not document its own interval. */
const POLL_SECONDS = 2;

export function checkWait(inputs: Fields, where: string): void {
  checkApi(inputs, where);
  text(inputs.PropertySelector, `${where}.inputs.PropertySelector`);
  list(inputs.DesiredValues, `${where}.inputs.DesiredValues`);
}

/** Looks until the property has a desired value; the step's timeout ends it. */
export const waitForAwsResourceProperty: Action = async (inputs, world, step) => {
  const desired = list(inputs.DesiredValues, 'DesiredValues').map(shownText);
  const { waitOnApiError } = world.unwitnessed ?? unwitnessed();
  for (;;) {
    const response = await callApi(inputs, world, ['PropertySelector', 'DesiredValues']).catch(
      (error: unknown) => {
        if (waitOnApiError === 'asks-again' && error instanceof StepFailure) return {};
        throw error;
      },
    );
    const value = select(text(inputs.PropertySelector, `${step.name} PropertySelector`), response);
    if (value !== undefined && desired.includes(shownText(value))) return { outputs: {}, response };
    await world.clock.sleep(POLL_SECONDS);
  }
};

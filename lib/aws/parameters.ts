import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { orUndefined } from './errors';
import { call, type SdkClient } from './sdk';

/** The value of a parameter; '' where AWS sends none. @throws ParameterNotFound, and what else the SDK throws */
export const readParameter = async (ssm: SdkClient, name: string): Promise<string> =>
  (await call(ssm, new GetParameterCommand({ Name: name }))).Parameter?.Value ?? '';

/** undefined: there is no such parameter. @throws what else the SDK throws */
export const parameterValue = (ssm: SdkClient, name: string): Promise<string | undefined> =>
  orUndefined(readParameter(ssm, name), 'noParameter');

/**
 * Overwrites it, or creates it as a `String` where there is none.
 * @param description undefined: it exists, and keeps its own type and description
 * @throws what the SDK throws
 */
export const putParameter = async (
  ssm: SdkClient,
  name: string,
  value: string,
  description?: string,
): Promise<void> => {
  await call(
    ssm,
    new PutParameterCommand({
      Name: name,
      Value: value,
      Overwrite: true,
      ...(description !== undefined && { Type: 'String', Description: description }),
    }),
  );
};

/** One that is not there is as it should be. @throws what else the SDK throws */
export const deleteParameter = async (ssm: SdkClient, name: string): Promise<void> => {
  await orUndefined(call(ssm, new DeleteParameterCommand({ Name: name })), 'noParameter');
};

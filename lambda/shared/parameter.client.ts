import { GetParameterCommand, type GetParameterCommandOutput } from '@aws-sdk/client-ssm';
import { errorCode, type SdkShapedClient } from './sdk-shape';

/** The value of a parameter; undefined: there is no such parameter, or AWS sends no value. @throws what else the SDK throws */
export const parameterValue = async (ssm: SdkShapedClient, name: string): Promise<string | undefined> => {
  try {
    const { Parameter } = (await ssm.send(
      new GetParameterCommand({ Name: name }),
    )) as GetParameterCommandOutput;
    return Parameter?.Value;
  } catch (error) {
    if (errorCode(error) === 'ParameterNotFound') return undefined;
    throw error;
  }
};

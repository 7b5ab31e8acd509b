import { GetParameterCommand, type GetParameterCommandOutput } from '@aws-sdk/client-ssm';
import type { SdkShapedClient } from './sdk-shape';

/** The value of a parameter; '' where AWS sends none. @throws what the SDK throws */
export const parameterValue = async (ssm: SdkShapedClient, name: string): Promise<string> => {
  const { Parameter } = (await ssm.send(
    new GetParameterCommand({ Name: name }),
  )) as GetParameterCommandOutput;
  return Parameter?.Value ?? '';
};

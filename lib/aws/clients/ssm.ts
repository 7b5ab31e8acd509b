import { SSMClient } from '@aws-sdk/client-ssm';
import { clientOf } from '../sdk-settings';

export const ssmClient = clientOf(SSMClient);

import { STSClient } from '@aws-sdk/client-sts';
import { clientOf } from '../sdk-settings';

export const stsClient = clientOf(STSClient);

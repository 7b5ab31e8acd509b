import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { clientOf } from '../sdk-settings';

export const cloudWatchClient = clientOf(CloudWatchClient);

import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { clientOf } from '../sdk-settings';

export const autoScalingClient = clientOf(AutoScalingClient);

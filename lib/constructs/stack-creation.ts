import { Fn, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * The UUID that CloudFormation gives to each creation of a stack, the last part of its id. It distinguishes an environment from a
 * former one of the same name. Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
 */
export const stackCreation = (scope: Construct): string =>
  Fn.select(2, Fn.split('/', Stack.of(scope).stackId));

/** Its first eight characters, where a name must be short. */
export const shortStackCreation = (scope: Construct): string =>
  Fn.select(0, Fn.split('-', stackCreation(scope)));

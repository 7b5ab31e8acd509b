import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * Conditions of a right on a bucket. Its name says nothing of its owner: anyone may take one that is free, and some are known
 * beforehand, as the CDK's own with the account's number.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
export const ofThisAccount = (scope: Construct) => ({
  StringEquals: { 'aws:ResourceAccount': Stack.of(scope).account },
});

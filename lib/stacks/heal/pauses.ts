import * as iam from 'aws-cdk-lib/aws-iam';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { pauseParameterName } from '../../domain/names/naming';
import { NO_PAUSE } from '../../domain/pause/pause';
import { ssmArn } from '../../constructs/arns';

/** Where `headroom pause` writes, and where each function that heals reads. */
export class Pauses extends Construct {
  constructor(scope: Construct, id: string, { environmentName }: { readonly environmentName: string }) {
    super(scope, id);
    new ssm.StringParameter(this, 'Parameter', {
      parameterName: pauseParameterName(environmentName),
      // Later deployments keep what was written meanwhile, as long as nothing here changes: CloudFormation updates a resource only
      // where its template does.
      stringValue: NO_PAUSE,
      description: `Headroom ${environmentName}: paused healings; written by headroom pause and headroom resume`,
    });
  }
}

/** The right to read it. */
export const readPausesStatement = (scope: Construct, environmentName: string): iam.PolicyStatement =>
  new iam.PolicyStatement({
    sid: 'ReadPauses',
    actions: ['ssm:GetParameter'],
    resources: [ssmArn(scope, 'parameter', pauseParameterName(environmentName).replace(/^\//, ''))],
  });

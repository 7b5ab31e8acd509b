import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import type { DiskPolicy } from '../domain/disk-policy';
import { DOCUMENTS, HEALING_DOCUMENTS, documentName } from '../domain/naming';
import { renderDocument, type Placeholders } from './document-source';

export interface DocumentsProps {
  readonly environmentName: string;
  readonly levels: DiskPolicy;
  readonly automationRoleArn: string;
  readonly planFunctionArn: string;
  readonly recordFunctionArn: string;
}

/** The Systems Manager documents, from their files in documents/. */
export class Documents extends Construct {
  constructor(scope: Construct, id: string, props: DocumentsProps) {
    super(scope, id);
    const { environmentName, levels } = props;
    const placeholders: Placeholders = {
      AutomationRoleArn: props.automationRoleArn,
      PlanFunctionArn: props.planFunctionArn,
      RecordFunctionArn: props.recordFunctionArn,
      TargetPercent: String(levels.targetPercent),
      WarningPercent: String(levels.warningPercent),
      ...Object.fromEntries(
        HEALING_DOCUMENTS.map((base) => [`document:${base}`, documentName(environmentName, base)] as const),
      ),
    };
    for (const base of DOCUMENTS)
      new ssm.CfnDocument(this, base, {
        name: documentName(environmentName, base),
        documentType: base === 'HealNode' ? 'Automation' : 'Command',
        documentFormat: 'JSON',
        ...(base !== 'HealNode' && { targetType: '/AWS::EC2::Instance' }),
        // Replacing a named document conflicts with itself; a new version becomes the default one.
        updateMethod: 'NewVersion',
        content: renderDocument(base, placeholders),
      });
  }
}

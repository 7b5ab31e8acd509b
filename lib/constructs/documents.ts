import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { documentName, type DocumentBaseName } from '../domain/names/naming';
import { renderDocument, withoutSteps, type Placeholders } from '../runbooks/document-source';

export interface DocumentsProps {
  readonly environmentName: string;
  readonly names: readonly DocumentBaseName[];
  /** For all of them; each takes what it uses. */
  readonly placeholders: Placeholders;
  /** Steps that are left out. @default - none */
  readonly withoutSteps?: readonly string[];
}

/** Systems Manager documents, from their files in the rooms' documents/ folders. */
export class Documents extends Construct {
  constructor(scope: Construct, id: string, props: DocumentsProps) {
    super(scope, id);
    const { environmentName, names, placeholders } = props;
    for (const base of names) {
      const content = withoutSteps(renderDocument(base, placeholders), props.withoutSteps ?? []);
      const runsOnNode = content.schemaVersion === '2.2';
      new ssm.CfnDocument(this, base, {
        name: documentName(environmentName, base),
        documentType: runsOnNode ? 'Command' : 'Automation',
        documentFormat: 'JSON',
        ...(runsOnNode && { targetType: '/AWS::EC2::Instance' }),
        // Replacing a named document conflicts with itself; a new version becomes the default one.
        updateMethod: 'NewVersion',
        content,
      });
    }
  }
}

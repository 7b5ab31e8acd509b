import { createHash } from 'node:crypto';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { healingModes, nodeGroups } from '../../config/node-groups';
import type { Environment } from '../../config/schema';
import { guardParameters } from '../../domain/plan/reclaim-policy';
import { TAGS, documentName, resourcePrefix } from '../../domain/names/naming';
import { renderScript } from '../../node/node-files';
import type { Documents } from '../../constructs/documents';

export interface PrepareProps {
  readonly environmentName: string;
  readonly environment: Environment;
  readonly documents: Documents;
}

/** PrepareNode on every node with the environment's tag, whenever it was created, at once and then every hour. */
export class Prepare extends Construct {
  constructor(scope: Construct, id: string, { environmentName, environment, documents }: PrepareProps) {
    super(scope, id);
    const groups = nodeGroups(environment).map(({ name }) => name);
    const cleans = (name: string): boolean => healingModes(environment, name).reclaim === 'act';
    if (groups.every(cleans)) this.associate({ environmentName, environment, documents }, undefined, true);
    // A guard cannot ask, so it cleans only where no one wants to be asked.
    else
      for (const name of groups)
        this.associate({ environmentName, environment, documents }, name, cleans(name));
  }

  /** @param nodeGroup undefined: all of them */
  private associate(
    { environmentName, environment: { diskLevels: levels, reclaim }, documents }: PrepareProps,
    nodeGroup: string | undefined,
    guardReclaims: boolean,
  ): void {
    const parameters = {
      Environment: [environmentName],
      TargetPercent: [String(levels.targetPercent)],
      GuardReclaimPercent: [String(levels.warningPercent)],
      ...Object.fromEntries(Object.entries(guardParameters(reclaim)).map(([name, value]) => [name, [value]])),
      ...(!guardReclaims && { GuardReclaims: ['false'] }),
    };
    // An association runs at once when it changes, but does not notice a changed document: hence the hash.
    const version = createHash('sha256')
      .update(renderScript('prepare-node.sh') + JSON.stringify(parameters))
      .digest('hex')
      .slice(0, 8);
    const association = new ssm.CfnAssociation(
      this,
      nodeGroup === undefined ? 'Association' : `Association-${nodeGroup}`,
      {
        name: documentName(environmentName, 'PrepareNode'),
        associationName: `${resourcePrefix(environmentName)}-prepare-${nodeGroup === undefined ? '' : `${nodeGroup}-`}${version}`,
        // A node that had no room is prepared within the hour after it was healed, and a guard that was stopped ticks again.
        scheduleExpression: 'rate(1 hour)',
        applyOnlyAtCronInterval: false,
        targets: [
          { key: `tag:${TAGS.environment}`, values: [environmentName] },
          ...(nodeGroup === undefined ? [] : [{ key: `tag:${TAGS.nodeGroup}`, values: [nodeGroup] }]),
        ],
        parameters,
        // A mistake in a script must not reach a whole control plane at the same moment …
        maxConcurrency: '20%',
        // … but a node that refuses, because its disk is full, must not keep the others from being prepared.
        maxErrors: '100%',
        complianceSeverity: 'MEDIUM',
      },
    );
    association.node.addDependency(documents);
  }
}

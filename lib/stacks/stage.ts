import { Stage, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { AttachStack } from './attach/attach-stack';
import { ClusterStack } from './cluster/cluster-stack';
import { controlPlaneGroup, existingControlPlaneIds } from '../config/node-groups';
import { isAttached, type Environment } from '../config/schema';
import { TAGS, resourcePrefix } from '../domain/names/naming';
import { HealStack } from './heal/heal-stack';
import { AgentsStack } from './observe/agents-stack';
import { ObserveStack } from './observe/observe-stack';
import { OperateStack } from './operate/operate-stack';
import { ProtectStack } from './protect/protect-stack';

export interface HeadroomStageProps {
  /** The name of the environment's file. */
  readonly environmentName: string;
  readonly environment: Environment;
}

/** One environment: `headroom-<env>`, with the stacks `headroom-<env>-{agents,cluster,heal,observe,operate,protect}`. */
export class HeadroomStage extends Stage {
  /** undefined: the nodes run already. */
  readonly cluster?: ClusterStack;
  /** undefined: Headroom makes the nodes. */
  readonly attach?: AttachStack;
  readonly agents: AgentsStack;
  readonly heal: HealStack;
  readonly observe: ObserveStack;
  readonly operate: OperateStack;
  /** Absent where no control-plane node is ours to protect. */
  readonly protect?: ProtectStack;

  constructor(scope: Construct, { environmentName, environment }: HeadroomStageProps) {
    const prefix = resourcePrefix(environmentName);
    super(scope, prefix, { env: { account: environment.account, region: environment.region } });
    const shared = (kind: string, description: string) => ({
      environmentName,
      environment,
      stackName: `${prefix}-${kind}`,
      description: `Headroom ${environmentName}: ${description}`,
      terminationProtection: environment.cluster.terminationProtection,
    });
    this.agents = new AgentsStack(this, 'agents', shared('agents', 'what the agents on nodes measure'));
    if (!isAttached(environment))
      this.cluster = new ClusterStack(this, 'cluster', {
        ...shared('cluster', 'network, control plane and workers'),
        environment,
      });
    this.heal = new HealStack(this, 'heal', shared('heal', 'from an alarm to a healed node, or to a person'));
    if (isAttached(environment))
      this.attach = new AttachStack(this, 'attach', {
        ...shared('attach', 'tags and agents of nodes that run already'),
        environment,
        topic: this.heal.topic,
      });
    const nodes = this.attach ?? this.cluster!;
    const controlPlaneInstanceIds = (consumer: Construct): readonly string[] =>
      isAttached(environment)
        ? existingControlPlaneIds(environment)
        : this.cluster!.controlPlaneInstanceIds(consumer);
    this.observe = new ObserveStack(this, 'observe', {
      ...shared('observe', 'disk measurements and alarms'),
      controlPlaneInstanceIds,
      topic: this.heal.topic,
    });
    this.operate = new OperateStack(this, 'operate', {
      ...shared('operate', 'runbooks and game days'),
      topic: this.heal.topic,
      planFunctionArn: this.heal.planFunctionArn,
    });
    // Nodes find it at their first boot. Nodes that run already must have their tags first, since an association runs at once.
    if (this.attach) this.agents.addStackDependency(this.attach);
    else this.cluster!.addStackDependency(this.agents);
    this.observe.addStackDependency(nodes);
    this.observe.addStackDependency(this.agents);
    if (controlPlaneGroup(environment) !== undefined)
      this.protect = new ProtectStack(this, 'protect', {
        ...shared('protect', 'snapshots of etcd and of volumes, recovery of instances'),
        controlPlaneInstanceIds,
        topic: this.heal.topic,
      });
    this.protect?.addStackDependency(nodes);
    Tags.of(this).add(TAGS.environment, environmentName);
  }
}

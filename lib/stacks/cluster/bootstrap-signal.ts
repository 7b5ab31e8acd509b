import { CfnParameter, CfnWaitCondition, CfnWaitConditionHandle, type Duration } from 'aws-cdk-lib';
import { Construct, type IDependable } from 'constructs';

export interface BootstrapSignalProps {
  /** Nodes that report when the stack is created, at least 1. */
  readonly nodes: number;
  readonly timeout: Duration;
}

/**
 * The stack waits until its first nodes are in the cluster. A failure's reason has the end of the node's log, and the stack
 * rolls back. A CreationPolicy of the instances would wait before the load balancer has them as targets, and has no reason.
 */
export class BootstrapSignal extends Construct {
  /** Where nodes report to. Presigned, and of no use once the stack stands. */
  readonly url: string;
  private readonly condition: CfnWaitCondition;

  constructor(scope: Construct, id: string, { nodes, timeout }: BootstrapSignalProps) {
    super(scope, id);
    // A wait condition cannot be updated. A parameter's value stays what it was at creation (cdk deploy and the console keep
    // it), so that another number of nodes in the environment file leaves the condition alone.
    const count = new CfnParameter(this, 'InitialNodes', {
      type: 'Number',
      default: nodes,
      minValue: 1,
      description:
        'Nodes that had to report when this stack was created. Leave it as it is: a wait condition cannot be updated.',
    });
    const handle = new CfnWaitConditionHandle(this, 'Handle');
    this.url = handle.ref;
    this.condition = new CfnWaitCondition(this, 'Condition', {
      handle: handle.ref,
      count: count.valueAsNumber,
      timeout: String(timeout.toSeconds()),
    });
  }

  /** Begins to wait, and to count the time, when they are there. */
  waitFor(...dependables: IDependable[]): void {
    this.condition.node.addDependency(...dependables);
  }

  /** What may start only after the nodes have reported. */
  get done(): IDependable {
    return this.condition;
  }
}

import { cloudEvent, type CloudEvent } from '../alarms/alarm-events';
import type { Assembly } from '../template/assembly';
import { AwsError } from '../api/aws-error';
import type { Clock } from '../time/clock';
import { flag, number, optional, text, type Fields } from '../values/fields';
import type { ModelledInstance } from '../fleet/instances';
import { uuidFrom } from '../values/ids';
import type { AccessRequest } from '../iam/iam-policy';
import type { Service } from '../api/local-aws';
import type { Place } from '../template/physical-ids';
import { autoScalingGroupArn } from './autoscaling';

export interface TerminationState {
  readonly clock: Clock;
  readonly place: Place;
  readonly assembly: Pick<Assembly, 'ofType'>;
  readonly instances: readonly ModelledInstance[];
  putEvent(event: CloudEvent): void;
  /** The group is one short: a new instance like the one that goes. */
  launch(like: ModelledInstance): void;
  inBackground(what: string, work: Promise<void>): void;
}

interface Waiting {
  readonly instanceId: string;
  readonly hookName: string;
  result: 'CONTINUE' | 'ABANDON' | undefined;
}

/** How long an instance takes to shut down, and between two looks at a hook. Seconds. */
const SHUTDOWN_SECONDS = 30;
const LOOK_SECONDS = 1;

/**
 * What an Auto Scaling group does with an instance that must go: the hook's event, the wait, the end, the replacement.
 * https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks-overview.html
 */
export const terminationOperations = (state: TerminationState): Service => {
  const waiting: Waiting[] = [];
  const member = (input: Fields): { readonly instance: ModelledInstance; readonly group: string } => {
    const id = text(input.InstanceId, 'InstanceId');
    const found = state.instances.find(({ instanceId }) => instanceId === id);
    const name = found?.autoScalingGroupName;
    if (!found || name === undefined || found.state === 'terminated')
      throw new AwsError('ValidationError', `Instance Id not found - No managed instance found for ${id}`);
    return { instance: found, group: name };
  };
  const onGroup = (action: string, group: string): readonly AccessRequest[] => [
    { action, resource: autoScalingGroupArn(state.place, group), context: {} },
  ];
  const notify = (type: string, group: string, detail: Fields): void =>
    state.putEvent(
      cloudEvent(
        state.place,
        'aws.autoscaling',
        type,
        [autoScalingGroupArn(state.place, group)],
        { AutoScalingGroupName: group, ...detail },
        state.clock.now(),
      ),
    );

  const terminate = async (instance: ModelledInstance, group: string, replace: boolean): Promise<void> => {
    const { instanceId } = instance;
    const hooks = state.assembly
      .ofType('AWS::AutoScaling::LifecycleHook')
      .filter(({ properties }) => properties.AutoScalingGroupName === group);
    for (const { properties, logicalId } of hooks) {
      const hookName = text(properties.LifecycleHookName, logicalId);
      instance.lifecycleState = 'Terminating:Wait';
      const wait: Waiting = { instanceId, hookName, result: undefined };
      waiting.push(wait);
      notify('EC2 Instance-terminate Lifecycle Action', group, {
        LifecycleActionToken: uuidFrom(`${instanceId}/${hookName}`),
        LifecycleHookName: hookName,
        EC2InstanceId: instanceId,
        LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
      });
      const until = state.clock.now().getTime() + 1000 * number(properties.HeartbeatTimeout, logicalId);
      // For a termination both results mean that it goes on.
      while (wait.result === undefined && state.clock.now().getTime() < until)
        await state.clock.sleep(LOOK_SECONDS);
      waiting.splice(waiting.indexOf(wait), 1);
    }
    instance.lifecycleState = 'Terminating:Proceed';
    instance.state = 'shutting-down';
    await state.clock.sleep(SHUTDOWN_SECONDS);
    instance.state = 'terminated';
    if (replace) state.launch(instance);
    notify('EC2 Instance Terminate Successful', group, {
      EC2InstanceId: instanceId,
      StatusCode: 'InProgress',
    });
  };

  return {
    TerminateInstanceInAutoScalingGroup: {
      input: { InstanceId: 'string!', ShouldDecrementDesiredCapacity: 'boolean!' },
      access: (input) => onGroup('autoscaling:TerminateInstanceInAutoScalingGroup', member(input).group),
      run: (input) => {
        const { instance, group } = member(input);
        const decrement = flag(input.ShouldDecrementDesiredCapacity, 'ShouldDecrementDesiredCapacity');
        state.inBackground(`termination of ${instance.instanceId}`, terminate(instance, group, !decrement));
        return {
          Activity: {
            ActivityId: uuidFrom(`terminate/${instance.instanceId}`),
            AutoScalingGroupName: group,
            Description: `Terminating EC2 instance: ${instance.instanceId}`,
            StatusCode: 'InProgress',
            Progress: 0,
          },
        };
      },
    },
    CompleteLifecycleAction: {
      input: {
        AutoScalingGroupName: 'string!',
        LifecycleHookName: 'string!',
        LifecycleActionResult: 'string!',
        LifecycleActionToken: 'string',
        InstanceId: 'string',
      },
      access: (input) =>
        onGroup(
          'autoscaling:CompleteLifecycleAction',
          text(input.AutoScalingGroupName, 'AutoScalingGroupName'),
        ),
      run: (input) => {
        const result = text(input.LifecycleActionResult, 'LifecycleActionResult');
        if (result !== 'CONTINUE' && result !== 'ABANDON')
          throw new AwsError('ValidationError', `LifecycleActionResult ${result} is invalid`);
        const hookName = text(input.LifecycleHookName, 'LifecycleHookName');
        const instanceId = optional(input.InstanceId, 'InstanceId', text, '');
        const found = waiting.find((each) => each.instanceId === instanceId && each.hookName === hookName);
        if (!found)
          throw new AwsError(
            'ValidationError',
            `No active Lifecycle Action found with instance ID ${instanceId}`,
          );
        found.result = result;
        return {};
      },
    },
  };
};

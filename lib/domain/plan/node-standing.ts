import type { NodeGroupPolicy } from './disk-policy';
import { AUTO_SCALING_GROUP_TAG, TAGS } from '../names/naming';
import type { Observation } from './observation';

/**
 * `ours`: it exists and is tagged for this environment. `gone`: it is ending or has ended, which its group or the person
 * who ended it intended. `lost`: the same of a control-plane node that no group replaces. `unknown`: EC2 did not answer.
 */
export type Standing = 'ours' | 'not-ours' | 'gone' | 'lost' | 'unknown';

/** An instance on its way out, and one that is out. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html */
const ENDED: readonly string[] = ['shutting-down', 'terminated'];

/**
 * LifecycleState of an instance that its group is ending, while EC2 may call it `running` for as long as a hook waits. With
 * every other value the node stays as EC2 says: `Detaching` and `Standby` leave it running, `Warmed:Stopped` is stopped.
 * https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_AutoScalingInstanceDetails.html
 */
const ENDED_BY_GROUP: readonly string[] = ['', 'Warmed:'].flatMap((pool) =>
  ['Terminating', 'Terminating:Wait', 'Terminating:Proceed', 'Terminated'].map((state) => pool + state),
);

/** What EC2 says of an instance. */
interface InstanceFacts {
  /** EC2's own word, e.g. `running`. */
  readonly state: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Whether an Auto Scaling group has the instance, and so a word about its lifecycle. */
export const isInGroup = (instance: Pick<InstanceFacts, 'tags'> | undefined): boolean =>
  instance?.tags[AUTO_SCALING_GROUP_TAG] !== undefined;

/**
 * @param instance undefined: EC2 does not know it, or not any more
 * @param lifecycle Auto Scaling's own word; undefined: it is in no group, or Auto Scaling did not answer
 */
export const standingOf = (
  instance: InstanceFacts | undefined,
  environmentName: string,
  lifecycle: string | undefined,
): Standing => {
  if (instance === undefined) return 'gone';
  if (ENDED.includes(instance.state)) {
    return instance.tags[TAGS.role] === 'control-plane' && !isInGroup(instance) ? 'lost' : 'gone';
  }
  if (instance.tags[TAGS.environment] !== environmentName) return 'not-ours';
  return lifecycle !== undefined && ENDED_BY_GROUP.includes(lifecycle) ? 'gone' : 'ours';
};

/** Why nothing is done to a node that is not ours, or not running; undefined: it is ours and may be healed. */
export const whyNotOurs = ({
  standing,
  state,
  instanceId,
}: Pick<Observation, 'standing' | 'state' | 'instanceId'>): string | undefined => {
  switch (standing) {
    case 'gone':
      return `${instanceId} no longer exists or is being terminated: nothing is bought for it`;
    case 'lost':
      return `control-plane node ${instanceId} is ${state}, and no Auto Scaling group replaces it: replace it by hand`;
    case 'unknown':
      return `EC2 did not describe ${instanceId}: it is unknown whether it belongs to this environment`;
    case 'not-ours':
      return `${instanceId} is not tagged ${TAGS.environment} with this environment's name`;
    case 'ours':
      return ['stopping', 'stopped'].includes(state)
        ? `the instance is ${state} and is neither grown nor rebooted; start it, and healing starts again by itself`
        : undefined;
  }
};

export const whyNoPolicy = (
  { nodeGroup }: Pick<Observation, 'nodeGroup'>,
  policy: NodeGroupPolicy | undefined,
): string | undefined => {
  if (nodeGroup === undefined)
    return `the node has no ${TAGS.nodeGroup} tag, so its cap (maxSizeGiB) is unknown`;
  if (policy === undefined)
    return `node group ${nodeGroup} has no policy, so its cap (maxSizeGiB) is unknown`;
  const figures = [policy.warningPercent, policy.emergencyPercent, policy.targetPercent, policy.maxSizeGiB];
  if (figures.every((figure) => Number.isFinite(figure) && figure > 0)) return undefined;
  return `the policy of node group ${nodeGroup} lacks a level or the cap (maxSizeGiB)`;
};

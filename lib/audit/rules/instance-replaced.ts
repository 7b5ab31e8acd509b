import type { Facts, InstanceFacts, NodeGroupFacts, Place } from '../facts';
import { defineRule, yaml, type Outcome, type Subject } from '../rule';
import { finding, listed, pass } from './support/outcomes';

interface Member {
  readonly group: NodeGroupFacts;
  readonly instance: InstanceFacts;
}

const keyOf = ({ stackName, logicalId }: Place): string => `${stackName}/${logicalId}`;

const members = ({ nodeGroups }: Pick<Facts, 'nodeGroups'>): Map<string, Member> =>
  new Map(
    nodeGroups.flatMap((group) =>
      group.instances.map((instance) => [keyOf(instance.place), { group, instance }] as const),
    ),
  );

const subjectOf = ({ group, instance }: Member): Subject => ({
  place: instance.place,
  nodeGroup: group.id,
  name: group.instances.length > 1 ? `${group.name} (${instance.place.logicalId})` : group.name,
});

/** Texts longer than this say nothing in a sentence. */
const SHORT = 40;

const difference = (name: string, before: string | undefined, after: string | undefined): string =>
  [before, after].every((text) => text === undefined || text.length <= SHORT)
    ? `${name} (${before ?? 'absent'} → ${after ?? 'absent'})`
    : name;

const differences = (before: InstanceFacts, after: InstanceFacts): string[] =>
  [...new Set([...Object.keys(before.replacing), ...Object.keys(after.replacing)])]
    .sort()
    .filter((name) => before.replacing[name] !== after.replacing[name])
    .map((name) => difference(name, before.replacing[name], after.replacing[name]));

/** A worker is drained and made again; anything else may be a member of etcd. */
const severityOf = ({ group }: Member): 'error' | 'warning' =>
  group.role === 'worker' ? 'warning' : 'error';

const compare = (before: Member, after: Member | undefined): Outcome => {
  const severity = severityOf(before);
  if (after === undefined)
    return finding(
      subjectOf(before),
      `${before.instance.place.logicalId} of ${before.group.name} is in the base and no more in the templates: CloudFormation terminates the instance and deletes its root volume.`,
      {
        severity,
        remediation:
          'Put it back, with the same logical id; or drain it first, and on a control plane remove its etcd member.',
      },
    );
  const changed = differences(before.instance, after.instance);
  return changed.length === 0
    ? pass(subjectOf(after))
    : finding(
        subjectOf(after),
        `${after.instance.place.logicalId} of ${after.group.name} is replaced: ${listed(changed)} ${changed.length === 1 ? 'changes' : 'change'}.`,
        { severity: severity === 'error' ? severity : severityOf(after) },
      );
};

/** A control-plane instance that follows this version of a launch template with this instance type. */
const instance = (version: string, instanceType: string): string => yaml`
  Resources:
    Template:
      Type: AWS::EC2::LaunchTemplate
      Properties: { LaunchTemplateData: { InstanceType: ${instanceType} } }
    Node1:
      Type: AWS::EC2::Instance
      Metadata: { Headroom: { role: control-plane } }
      Properties: { LaunchTemplate: { LaunchTemplateId: !Ref Template, Version: ${version} } }
`;

export const instanceReplaced = defineRule({
  id: 'instance-replaced',
  severity: 'error',
  title: 'The change replaces an instance',
  needs: ['nodeGroups', 'base'],
  what: [
    'Properties of single instances whose change makes CloudFormation replace them, and instances that vanish, against the base.',
    'These are block devices, image, launch template, user data of instance store, subnet and more. Each instance is paired by stack and logical id. A launch template that is pinned to a version counts with that version; one that follows the latest, with its whole content. It is an error for control-plane nodes and for instances of unknown role, and a warning for workers.',
  ],
  why: [
    'CloudFormation makes the new instance and terminates the old one with its root volume, and with it a control-plane node’s etcd member; two at once end the quorum.',
    'The new instance joins nothing, and the old one stays in etcd’s member list. With two of three replaced in one deployment the quorum and the cluster are lost.',
  ],
  fix: [
    'Undo the change of that property; grow a volume in place, pin the launch template to a version, and exchange control-plane nodes one by one by hand.',
    'For a larger disk, grow the volume in place and leave the template at the initial size (Headroom pins control-plane instances to version 1 of their launch template). For a new image, exchange nodes one by one, by hand, with `kubectl drain`, `etcdctl member remove`, and a check of the quorum in between.',
  ],
  acceptable: 'planned in the maintenance of 2027-01-10; the member was removed first',
  examples: [
    {
      base: instance('!GetAtt Template.LatestVersionNumber', 'm7i.large'),
      fails: instance('!GetAtt Template.LatestVersionNumber', 'm7i.xlarge'),
      passes: instance('!GetAtt Template.LatestVersionNumber', 'm7i.large'),
    },
    {
      base: instance("'1'", 'm7i.large'),
      fails: instance("'2'", 'm7i.xlarge'),
      passes: instance("'1'", 'm7i.xlarge'),
    },
  ],
  check: ({ head, base }) => {
    const after = members(head);
    return [...members(base)].map(([key, before]) => compare(before, after.get(key)));
  },
});

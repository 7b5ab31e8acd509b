import type { NodeGroupFacts } from '../../../lib/audit/facts';
import { factsOfTemplate, removeMade } from './support';

afterAll(removeMade);

const groupOf = (properties: object, metadata: object = {}): NodeGroupFacts => {
  const [group] = factsOfTemplate({
    Parameters: { Cluster: { Type: 'String' } },
    Resources: { Node: { Type: 'AWS::EC2::Instance', Properties: properties, Metadata: metadata } },
  }).nodeGroups;
  if (group === undefined) throw new Error('there is no node group');
  return group;
};

type Role = NodeGroupFacts['role'];

test.each<[string, string, Role]>([
  ['k8s.io/role/master', '1', 'control-plane'],
  ['k8s.io/role/control-plane', '1', 'control-plane'],
  ['k8s.io/role/apiserver', '1', 'control-plane'],
  ['k8s.io/role/node', '1', 'worker'],
  ['k8s.io/role/bastion', '1', 'unknown'],
  ['k8s.io/cluster-autoscaler/node-template/label/node-role.kubernetes.io/node', '', 'worker'],
  ['k8s.io/cluster-autoscaler/node-template/label/node-role.kubernetes.io/master', '', 'control-plane'],
  ['sigs.k8s.io/cluster-api-provider-aws/role', 'control-plane', 'control-plane'],
  ['sigs.k8s.io/cluster-api-provider-aws/role', 'node', 'worker'],
  ['KubernetesRole', 'Master', 'control-plane'],
  ['KubernetesRole', 'database', 'unknown'],
  ['eks:nodegroup-name', 'general', 'worker'],
  ['headroom:role', 'control-plane', 'control-plane'],
  ['headroom:role', 'queen', 'unknown'],
  // Control planes and workers of a cluster have it alike.
  ['kubernetes.io/cluster/prod', 'owned', 'unknown'],
  ['Name', 'master-1', 'unknown'],
])('the tag %s: %s makes a %s', (Key, Value, role) => {
  expect(groupOf({ Tags: [{ Key, Value }] }).role).toBe(role);
});

const BOOTS: [string, string, Role][] = [
  ['kubeadm init', 'kubeadm init --config /etc/kubeadm.yaml', 'control-plane'],
  ['kubeadm join', 'kubeadm join 10.0.0.1:6443 --token t', 'worker'],
  ['kubeadm join as control plane', 'kubeadm join 10.0.0.1:6443 --token t --control-plane', 'control-plane'],
  [
    'kubeadm join over several lines',
    'kubeadm join 10.0.0.1:6443 \\\n  --token t \\\n  --control-plane',
    'control-plane',
  ],
  ['a worker, then --control-plane elsewhere', 'kubeadm join a --token t\necho --control-plane', 'worker'],
  [
    'a JoinConfiguration with controlPlane',
    'cat > c.yaml <<E\nkind: JoinConfiguration\ndiscovery: {}\ncontrolPlane:\n  localAPIEndpoint: {}\nE\nkubeadm join --config c.yaml',
    'control-plane',
  ],
  [
    'a JoinConfiguration without',
    'kind: JoinConfiguration\ndiscovery: {}\n---\nkubeadm join --config c',
    'worker',
  ],
  [
    'a comment on kubeadm init',
    '#!/bin/bash\n# after kubeadm init on the first\nkubeadm join a:6443',
    'worker',
  ],
  ["EKS's bootstrap", '#!/bin/bash\n/etc/eks/bootstrap.sh prod', 'worker'],
  ['nodeadm', 'apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig', 'worker'],
  ['Bottlerocket', '[settings.kubernetes]\ncluster-name = "prod"', 'worker'],
  ['Windows on EKS', '<powershell>& $EKSBootstrapScriptFile -EKSClusterName prod</powershell>', 'worker'],
  ['kops, a master', 'InstanceGroupName: master-eu-west-1a\nInstanceGroupRole: Master', 'control-plane'],
  ['kops, a control plane', 'InstanceGroupRole: ControlPlane', 'control-plane'],
  ['kops, a node', 'InstanceGroupName: nodes\nInstanceGroupRole: Node', 'worker'],
  [
    'a kubelet with labels of a control plane',
    'kubelet --node-labels=node-role.kubernetes.io/control-plane= --v=2',
    'control-plane',
  ],
  [
    'a kubelet with taints of a master',
    'ExecStart=/usr/bin/kubelet --register-with-taints=node-role.kubernetes.io/master=:NoSchedule',
    'control-plane',
  ],
  ['a kubelet with labels of a worker', 'kubelet --node-labels="node-role.kubernetes.io/worker="', 'worker'],
  ['a kubelet of unknown role', 'systemctl enable --now kubelet', 'unknown'],
  ['something else', 'yum install -y nginx', 'unknown'],
];

test.each(BOOTS)('user data with %s', (_, UserData, role) => {
  expect(groupOf({ UserData: { 'Fn::Base64': UserData } }).role).toBe(role);
});

test.each(BOOTS)('a command of cfn-init with %s', (_, command, role) => {
  const init = { config: { commands: { '01_run': { command } } } };
  expect(groupOf({}, { 'AWS::CloudFormation::Init': init }).role).toBe(role);
});

test('a command of cfn-init may be a list, and a file a script', () => {
  const command = ['kubeadm', 'join', { Ref: 'Cluster' }, '--control-plane'];
  const list = { configSets: { all: ['run'] }, run: { commands: { a: { command } } } };
  expect(groupOf({}, { 'AWS::CloudFormation::Init': list }).role).toBe('control-plane');
  const content = { 'Fn::Sub': '#!/bin/bash\n/etc/eks/bootstrap.sh ${Cluster}' };
  const file = { config: { files: { '/opt/join.sh': { content } } } };
  expect(groupOf({}, { 'AWS::CloudFormation::Init': file }).role).toBe('worker');
});

test('cfn-init of a launch configuration is of its group', () => {
  const [group] = factsOfTemplate({
    Resources: {
      Launch: {
        Type: 'AWS::AutoScaling::LaunchConfiguration',
        Metadata: {
          'AWS::CloudFormation::Init': { config: { commands: { a: { command: 'kubeadm init' } } } },
        },
        Properties: {},
      },
      Group: {
        Type: 'AWS::AutoScaling::AutoScalingGroup',
        Properties: { LaunchConfigurationName: { Ref: 'Launch' } },
      },
    },
  }).nodeGroups;
  expect(group).toMatchObject({ name: 'Group', role: 'control-plane' });
});

test('what is declared goes before tags, and tags before user data', () => {
  const tagged = { Tags: [{ Key: 'k8s.io/role/node', Value: '1' }], UserData: 'kubeadm init' };
  expect(groupOf(tagged).role).toBe('worker');
  expect(groupOf(tagged, { Headroom: { role: 'control-plane' } }).role).toBe('control-plane');
});

test('user data of which parts are unknown still tells', () => {
  const UserData = { 'Fn::Base64': { 'Fn::Join': ['', ['/etc/eks/bootstrap.sh ', { Ref: 'Cluster' }]] } };
  expect(groupOf({ UserData }).role).toBe('worker');
});

test('a tag whose end is unknown tells by its beginning', () => {
  const Tags = [{ Key: { 'Fn::Sub': 'kubernetes.io/cluster/${Cluster}' }, Value: 'owned' }];
  expect(groupOf({ Tags }).tags).toEqual({ 'kubernetes.io/cluster/${Cluster}': 'owned' });
});

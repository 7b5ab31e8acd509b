import { resources, shipped } from '../app/synthesized';

test.each([
  ['dev', 1],
  ['prod', 3],
])('%s: one NAT gateway per zone', (environment, zones) => {
  expect(Object.keys(resources(shipped(environment).cluster, 'AWS::EC2::NatGateway'))).toHaveLength(zones);
});

test('no address is public by itself, and no node is in a public subnet', () => {
  const { cluster } = shipped('prod');
  for (const { Properties } of Object.values(resources(cluster, 'AWS::EC2::Subnet')))
    expect(Properties['MapPublicIpOnLaunch']).toBe(false);
  const nodeSubnets = JSON.stringify([
    ...Object.values(resources(cluster, 'AWS::EC2::Instance')).map(
      ({ Properties }) => Properties['SubnetId'],
    ),
    ...Object.values(resources(cluster, 'AWS::AutoScaling::AutoScalingGroup')).map(
      ({ Properties }) => Properties['VPCZoneIdentifier'],
    ),
  ]);
  expect(nodeSubnets).toContain('nodesSubnet');
  expect(nodeSubnets).not.toContain('publicSubnet');
});

test('S3 is reached past the NAT gateways, from the nodes’ subnets', () => {
  const [endpoint] = Object.values(resources(shipped('prod').cluster, 'AWS::EC2::VPCEndpoint'));
  expect(endpoint?.Properties['VpcEndpointType']).toBe('Gateway');
  expect(JSON.stringify(endpoint?.Properties['RouteTableIds'])).toContain('nodesSubnet1');
});

test('only nodes reach nodes, and only where Kubernetes listens', () => {
  const { cluster } = shipped('prod');
  const rules = Object.values(resources(cluster, 'AWS::EC2::SecurityGroupIngress')).map(
    ({ Properties }) => Properties,
  );
  expect(rules.map(({ FromPort, ToPort }) => `${String(FromPort)}-${String(ToPort)}`).sort()).toEqual([
    '10250-10250',
    '10250-10250',
    '2379-2380',
    '6443-6443',
    '6443-6443',
  ]);
  for (const rule of rules) {
    expect(rule).toHaveProperty('SourceSecurityGroupId');
    expect(rule).not.toHaveProperty('CidrIp');
  }
  for (const { Properties } of Object.values(resources(cluster, 'AWS::EC2::SecurityGroup')))
    expect(Properties).not.toHaveProperty('SecurityGroupIngress');
});

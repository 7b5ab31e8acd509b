import { resources, shipped } from '../../app/synthesized';

test.each([
  ['dev', 1],
  ['prod', 3],
])('%s: one NAT gateway per zone', (environment, zones) => {
  expect(Object.keys(resources(shipped(environment).cluster, 'AWS::EC2::NatGateway'))).toHaveLength(zones);
});

test('no node boots before its subnet has a way out: the NAT route, and the table that has it', () => {
  const { cluster } = shipped('prod');
  const natRoutes = Object.entries(resources(cluster, 'AWS::EC2::Route')).filter(
    ([, { Properties }]) => Properties['NatGatewayId'] !== undefined,
  );
  expect(natRoutes).toHaveLength(3);
  const associations = Object.keys(resources(cluster, 'AWS::EC2::SubnetRouteTableAssociation')).filter((id) =>
    id.includes('nodesSubnet'),
  );
  expect(associations).toHaveLength(3);
  const nodes = [
    ...Object.values(resources(cluster, 'AWS::EC2::Instance')),
    ...Object.values(resources(cluster, 'AWS::AutoScaling::AutoScalingGroup')),
  ];
  expect(nodes).toHaveLength(5);
  for (const { DependsOn } of nodes)
    expect(DependsOn).toEqual(expect.arrayContaining([...natRoutes.map(([id]) => id), ...associations]));
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

/** Each rule as `to port protocol from`. */
const ingress = (): string[] =>
  Object.values(resources(shipped('prod').cluster, 'AWS::EC2::SecurityGroupIngress')).map(
    ({ Properties }) => {
      const name = (value: unknown) => /Network(ControlPlane|Workers|Api)/.exec(JSON.stringify(value))?.[1];
      const { GroupId, FromPort, ToPort, IpProtocol, SourceSecurityGroupId } = Properties;
      const ports = FromPort === ToPort ? String(FromPort) : `${String(FromPort)}-${String(ToPort)}`;
      return `${name(GroupId)} ${ports}/${String(IpProtocol)} from ${name(SourceSecurityGroupId)}`;
    },
  );

test('only nodes and the API’s endpoint reach nodes, and only where Kubernetes and an overlay listen', () => {
  const overlays = ['4789', '8472'].flatMap((port) =>
    ['ControlPlane', 'Workers'].flatMap((to) =>
      ['ControlPlane', 'Workers'].map((from) => `${to} ${port}/udp from ${from}`),
    ),
  );
  expect(ingress().sort()).toEqual(
    [
      'Api 6443/tcp from ControlPlane',
      'Api 6443/tcp from Workers',
      'ControlPlane 6443/tcp from Api',
      'ControlPlane 6443/tcp from ControlPlane',
      'ControlPlane 6443/tcp from Workers',
      'ControlPlane 2379-2380/tcp from ControlPlane',
      'ControlPlane 10250/tcp from ControlPlane',
      'ControlPlane 10250/tcp from Workers',
      'Workers 10250/tcp from ControlPlane',
      'Workers 10250/tcp from Workers',
      ...overlays,
    ].sort(),
  );
  const { cluster } = shipped('prod');
  for (const { Properties } of Object.values(resources(cluster, 'AWS::EC2::SecurityGroupIngress')))
    expect(Properties).not.toHaveProperty('CidrIp');
  for (const { Properties } of Object.values(resources(cluster, 'AWS::EC2::SecurityGroup')))
    expect(Properties).not.toHaveProperty('SecurityGroupIngress');
});

test('the API’s endpoint is internal, and speaks to control planes only', () => {
  const { cluster } = shipped('prod');
  const [balancer] = Object.values(resources(cluster, 'AWS::ElasticLoadBalancingV2::LoadBalancer'));
  expect(balancer?.Properties).toMatchObject({ Scheme: 'internal', Type: 'network', Name: 'headroom-prod' });
  expect(JSON.stringify(balancer?.Properties['SecurityGroups'])).toContain('NetworkApi');
  expect(JSON.stringify(balancer?.Properties['Subnets'])).not.toContain('public');
  const egress = Object.values(resources(cluster, 'AWS::EC2::SecurityGroupEgress'));
  expect(egress.map(({ Properties }) => Properties['FromPort'])).toEqual([6443]);
  const [group] = Object.values(resources(cluster, 'AWS::ElasticLoadBalancingV2::TargetGroup'));
  expect(group?.Properties).toMatchObject({
    Port: 6443,
    Protocol: 'TCP',
    TargetType: 'instance',
    HealthCheckProtocol: 'HTTPS',
    HealthCheckPath: '/readyz',
  });
  expect(group?.Properties['TargetGroupAttributes']).toContainEqual({
    Key: 'preserve_client_ip.enabled',
    Value: 'false',
  });
  const instances = Object.keys(resources(cluster, 'AWS::EC2::Instance'));
  expect(group?.Properties['Targets']).toEqual(
    instances.map((instance) => ({ Id: { Ref: instance }, Port: 6443 })),
  );
});

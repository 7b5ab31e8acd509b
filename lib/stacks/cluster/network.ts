import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct, type IDependable } from 'constructs';
import { API_PORT } from './bootstrap/kubeadm';
import { FlowLog } from './flow-log';

/** 8472 is the Linux kernel's, 4789 IANA's. */
const VXLAN_PORTS = [
  [8472, 'flannel, Cilium'],
  [4789, 'Calico'],
] as const;

export interface NetworkProps {
  readonly environmentName: string;
  /** Availability zones, as the environment lists them: no look-up. */
  readonly zones: readonly string[];
  readonly vpcCidr: string;
}

/** The VPC: nodes in private subnets that reach out through one NAT gateway per zone, and nothing that reaches in. */
export class Network extends Construct {
  readonly vpc: ec2.IVpc;
  readonly controlPlaneSecurityGroup: ec2.SecurityGroup;
  readonly workerSecurityGroup: ec2.SecurityGroup;
  /** Of the load balancer. */
  readonly apiSecurityGroup: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    const vpc = new ec2.Vpc(this, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr(props.vpcCidr),
      availabilityZones: [...props.zones],
      // One per zone, so that a zone's loss takes only its own nodes' way out.
      natGateways: props.zones.length,
      subnetConfiguration: [
        { name: 'public', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 26, mapPublicIpOnLaunch: false },
        { name: 'nodes', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      ],
      // Emptying the default group needs a custom resource with its own permissions; nothing uses that group.
      restrictDefaultSecurityGroup: false,
    });
    // Package repositories of both systems and Systems Manager's files are in S3: free, and not through the NAT.
    vpc.addGatewayEndpoint('S3', { service: ec2.GatewayVpcEndpointAwsService.S3 });
    // The class declares an optional property that exactOptionalPropertyTypes distinguishes from the interface's.
    this.vpc = vpc as ec2.IVpc;
    new FlowLog(this, 'FlowLog', { environmentName: props.environmentName, vpc: this.vpc });

    this.controlPlaneSecurityGroup = this.securityGroup('ControlPlane', 'Control-plane nodes');
    this.workerSecurityGroup = this.securityGroup('Workers', 'Worker nodes');
    this.apiSecurityGroup = new ec2.SecurityGroup(this, 'Api', {
      vpc: this.vpc,
      description: 'API server endpoint',
      // It speaks to control planes only.
      allowAllOutbound: false,
    });
    this.allowApi();
    this.allowKubernetes();
    this.allowPodNetwork();
  }

  /**
   * What an instance needs before it boots, besides its subnet: the route to the NAT gateway, and the association of its table. The
   * VPC's own internetConnectivityEstablished is the internet gateway's, which private subnets do not use.
   */
  get wayOut(): IDependable[] {
    return this.vpc
      .selectSubnets({ subnetGroupName: 'nodes' })
      .subnets.flatMap(({ node }) =>
        node.children.filter(
          (child) => child instanceof ec2.CfnRoute || child instanceof ec2.CfnSubnetRouteTableAssociation,
        ),
      );
  }

  private securityGroup(id: string, description: string): ec2.SecurityGroup {
    return new ec2.SecurityGroup(this, id, { vpc: this.vpc, description, allowAllOutbound: true });
  }

  private allowApi(): void {
    const { apiSecurityGroup: api, controlPlaneSecurityGroup: control, workerSecurityGroup: workers } = this;
    const port = ec2.Port.tcp(API_PORT);
    api.addIngressRule(control, port, 'API server from control planes');
    api.addIngressRule(workers, port, 'API server from workers');
    api.addEgressRule(control, port, 'API server of control planes');
    control.addIngressRule(api, port, 'API server from its endpoint');
  }

  /** Source: https://kubernetes.io/docs/reference/networking/ports-and-protocols/ */
  private allowKubernetes(): void {
    const [control, workers] = [this.controlPlaneSecurityGroup, this.workerSecurityGroup];
    // Pods reach the service "kubernetes" at the members' own addresses, past the load balancer.
    control.addIngressRule(workers, ec2.Port.tcp(API_PORT), 'API server from workers');
    control.addIngressRule(control, ec2.Port.tcp(API_PORT), 'API server among members');
    control.addIngressRule(control, ec2.Port.tcpRange(2379, 2380), 'etcd among members');
    control.addIngressRule(control, ec2.Port.tcp(10250), 'kubelet from the API server');
    workers.addIngressRule(control, ec2.Port.tcp(10250), 'kubelet from the API server');
    // The metrics server runs on any node and asks every kubelet.
    control.addIngressRule(workers, ec2.Port.tcp(10250), 'kubelet from the metrics server');
    workers.addIngressRule(workers, ec2.Port.tcp(10250), 'kubelet from the metrics server');
  }

  /**
   * Overlays between all nodes; docs/bootstrap.md. A CNI plugin that routes by BGP, or has its own health checks, needs rules of
   * the operator's.
   */
  private allowPodNetwork(): void {
    const groups = [this.controlPlaneSecurityGroup, this.workerSecurityGroup];
    for (const to of groups)
      for (const from of groups)
        for (const [port, whose] of VXLAN_PORTS)
          to.addIngressRule(from, ec2.Port.udp(port), `pod network by VXLAN (${whose})`);
  }
}

import { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as targets from 'aws-cdk-lib/aws-elasticloadbalancingv2-targets';
import { Construct } from 'constructs';
import { resourcePrefix } from '../../domain/names/naming';
import { API_PORT } from './bootstrap/kubeadm';
import type { Network } from './network';

export interface ApiEndpointProps {
  readonly environmentName: string;
  readonly network: Network;
  /** Of the load balancer, as of the instances behind it. */
  readonly deletionProtection: boolean;
}

/** The one address of the API server: an internal load balancer before all control-plane nodes. */
export class ApiEndpoint extends Construct {
  /** Without a port. */
  readonly dnsName: string;
  private readonly listener: elbv2.NetworkListener;
  private readonly targetGroup: elbv2.NetworkTargetGroup;

  constructor(
    scope: Construct,
    id: string,
    { environmentName, network, deletionProtection }: ApiEndpointProps,
  ) {
    super(scope, id);
    const loadBalancer = new elbv2.NetworkLoadBalancer(this, 'LoadBalancer', {
      // Named, so that a change that would replace it is refused: certificates and every kubeconfig contain its address.
      loadBalancerName: resourcePrefix(environmentName),
      vpc: network.vpc,
      vpcSubnets: { subnetGroupName: 'nodes' },
      internetFacing: false,
      deletionProtection,
      // An address in a zone without a healthy member would not answer.
      crossZoneEnabled: true,
      securityGroups: [network.apiSecurityGroup],
    });
    this.dnsName = loadBalancer.loadBalancerDnsName;
    this.targetGroup = new elbv2.NetworkTargetGroup(this, 'ControlPlane', {
      vpc: network.vpc,
      port: API_PORT,
      protocol: elbv2.Protocol.TCP,
      targetType: elbv2.TargetType.INSTANCE,
      // A control-plane node reaches itself through here, which with its own address as the source times out.
      preserveClientIp: false,
      // Clients of the API hold connections for hours; one to a member that is gone must end.
      connectionTermination: true,
      deregistrationDelay: Duration.seconds(60),
      // HTTPS, not TCP: an API server that has lost its etcd still listens, and says so on /readyz only. Anonymous by RBAC's
      // system:public-info-viewer; the certificate is not verified by the load balancer.
      healthCheck: {
        protocol: elbv2.Protocol.HTTPS,
        path: '/readyz',
        healthyHttpCodes: '200',
        interval: Duration.seconds(10),
        timeout: Duration.seconds(6),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 2,
      },
    });
    this.listener = loadBalancer.addListener('Api', {
      port: API_PORT,
      protocol: elbv2.Protocol.TCP,
      defaultTargetGroups: [this.targetGroup],
    });
  }

  /** Sends requests to the instances, too. */
  serve(instances: readonly ec2.CfnInstance[]): void {
    for (const { ref } of instances) this.targetGroup.addTarget(new targets.InstanceIdTarget(ref, API_PORT));
  }

  /** What must be there before anybody is answered. */
  get ready(): Construct {
    return this.listener;
  }
}

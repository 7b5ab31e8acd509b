import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { OperatingSystem } from '../../config/rules';

export type Architecture = 'arm64' | 'x86_64';

/**
 * Architecture of an EC2 instance type: `g` after the generation number is Graviton (`m7g`, `im4gn`, `x2gd`), `a1` its first.
 * The CDK's own reading rejects types such as `u7i-12tb.224xlarge`.
 * Source: https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
 */
export const architectureOf = (instanceType: string): Architecture =>
  /^(?:a1\.|[a-z]+\d+[a-z]*g)/.test(instanceType) ? 'arm64' : 'x86_64';

interface Machine {
  /** A name other than the AMI's own adds a second volume and leaves root at the AMI's size. */
  readonly rootDeviceName: string;
  readonly imageParameter: (architecture: Architecture) => string;
}

const MACHINES: Record<OperatingSystem, Machine> = {
  // Source: https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/
  'ubuntu-24.04': {
    rootDeviceName: '/dev/sda1',
    imageParameter: (architecture) =>
      `/aws/service/canonical/ubuntu/server/24.04/stable/current/${architecture === 'arm64' ? 'arm64' : 'amd64'}/hvm/ebs-gp3/ami-id`,
  },
  // Source: https://docs.aws.amazon.com/linux/al2023/ug/ec2.html
  'amazon-linux-2023': {
    rootDeviceName: '/dev/xvda',
    imageParameter: (architecture) =>
      `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${architecture}`,
  },
};

export const rootDeviceName = (os: OperatingSystem): string => MACHINES[os].rootDeviceName;

/** The image, resolved by EC2 at launch: synth needs no network, and a new node gets the patched image. */
export const machineImage = (os: OperatingSystem, instanceType: string): ec2.IMachineImage =>
  ec2.MachineImage.resolveSsmParameterAtLaunch(MACHINES[os].imageParameter(architectureOf(instanceType)), {
    os: ec2.OperatingSystemType.LINUX,
  });

import type { NodeGroupFacts } from '../facts';
import { defineRule, yaml, type Outcome } from '../rule';
import { cannotTell, finding, groupSubject, pass } from './support/outcomes';

const check = (group: NodeGroupFacts): Outcome => {
  const subject = groupSubject(group);
  const { imdsV2Required, image } = group;
  if (imdsV2Required.state === 'unknown')
    return cannotTell(subject, `HttpTokens is unknown: ${imdsV2Required.why}`);
  if (imdsV2Required.state === 'known')
    return imdsV2Required.value
      ? pass(subject)
      : finding(subject, `${group.name} answers metadata requests without a token (HttpTokens is optional).`);
  // Its images say ImdsSupport v2.0, which makes tokens required by default.
  if (image.family.state === 'known' && image.family.value === 'amazon-linux-2023') return pass(subject);
  if (group.kind === 'eks-node-group' && group.launchTemplate === undefined)
    return cannotTell(subject, 'EKS makes the launch template, and decides by its own defaults');
  return finding(
    subject,
    `${group.name} does not set HttpTokens: tokens are required only where the image or the account sees to it.`,
  );
};

/** A launch template with these metadata options. */
const metadataOptions = (options: string): string => yaml`
  Resources:
    Workers:
      Type: AWS::EC2::LaunchTemplate
      Properties:
        LaunchTemplateData:
          ImageId: '{{resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id}}'
          MetadataOptions: { ${options} }
`;

export const instanceMetadataV1 = defineRule({
  id: 'instance-metadata-v1',
  severity: 'error',
  title: 'Instance metadata without a token',
  needs: ['nodeGroups'],
  what: [
    'HttpTokens of the metadata options of each node group.',
    'Not set is a finding, except on Amazon Linux 2023, whose images require tokens by default, and on EKS node groups without a launch template, of which it cannot tell.',
  ],
  why: [
    'Any pod that can be made to fetch an address reaches 169.254.169.254 and gets the node’s credentials, with all that they may do to volumes and instances. A token makes that much harder, and a hop limit of 1 keeps pods out.',
  ],
  fix: ['Set MetadataOptions.HttpTokens to required, and HttpPutResponseHopLimit to 1.'],
  acceptable: 'an appliance that knows only version 1, alone in its subnet',
  examples: [
    {
      fails: metadataOptions('HttpTokens: optional'),
      passes: metadataOptions('HttpTokens: required, HttpPutResponseHopLimit: 1'),
    },
  ],
  check: ({ head }) => head.nodeGroups.map(check),
});

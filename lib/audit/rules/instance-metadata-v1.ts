import type { NodeGroupFacts } from '../facts';
import type { Outcome, Rule } from '../rule';
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

export const instanceMetadataV1: Rule = {
  id: 'instance-metadata-v1',
  severity: 'error',
  title: 'Instance metadata without a token',
  what: 'HttpTokens of the metadata options of each node group.',
  why: 'Any pod that can be made to fetch an address gets the node’s credentials, with all that they may do to volumes and instances.',
  mend: 'Set MetadataOptions.HttpTokens to required, and HttpPutResponseHopLimit to 1.',
  check: ({ head }) => head.nodeGroups.map(check),
};

import type { AccessRequest } from '../iam/iam-policy';
import type { Place } from '../template/physical-ids';
import type { Tags } from '../fleet/instances';

/** Actions without resource-level permissions. */
export const onEverything = (action: string) => (): readonly AccessRequest[] => [
  { action, resource: '*', context: {} },
];

export const serviceArn = (place: Place, service: string, resource: string): string =>
  `arn:${place.partition}:${service}:${place.region}:${place.account}:${resource}`;

/** The tag condition keys of a resource: `aws:ResourceTag/k` and the service's own. */
export const tagContext = (service: 'ec2' | 'ssm', tags: Tags): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(tags).flatMap(([key, value]) => [
      [`aws:ResourceTag/${key}`, value],
      [service === 'ec2' ? `ec2:ResourceTag/${key}` : `ssm:resourceTag/${key}`, value],
    ]),
  );

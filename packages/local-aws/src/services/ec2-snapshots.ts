import { AwsError } from '../api/aws-error';
import { secondsBetween } from '../time/clock';
import { fields, list, optional, text, texts, type Fields } from '../values/fields';
import type { Tags } from '../fleet/instances';
import type { AccessRequest } from '../iam/iam-policy';
import { resourceId } from '../values/ids';
import type { Service } from '../api/local-aws';
import { onEverything, serviceArn, tagContext } from './access';
import { page, passesFilters, tagList } from './ec2-filters';
import type { Ec2State } from './ec2-state';
import { volumeOwner } from './ec2-volumes';

interface Snapshot {
  readonly snapshotId: string;
  readonly volumeId: string;
  readonly sizeGiB: number;
  readonly description: string;
  readonly startedAt: Date;
  readonly tags: Tags;
}

/** Hours on a volume that was never saved before. https://docs.aws.amazon.com/ebs/latest/userguide/ebs-creating-snapshot.html */
const PENDING_SECONDS = 2 * 3_600;
/** https://repost.aws/knowledge-center/ebs-snapshot-stuck */
const MOST_PENDING = 5;
/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
const BETWEEN_SECONDS = 15;

const requestedTags = (input: Fields): Tags =>
  Object.fromEntries(
    optional(input.TagSpecifications, 'TagSpecifications', list, []).flatMap((item) => {
      const specification = fields(item, 'TagSpecifications');
      if (text(specification.ResourceType, 'ResourceType') !== 'snapshot')
        throw new AwsError('InvalidParameterValue', 'CreateSnapshot tags a snapshot, and nothing else');
      return list(specification.Tags, 'Tags').map((one) => {
        const tag = fields(one, 'Tags');
        return [text(tag.Key, 'Tags Key'), text(tag.Value, 'Tags Value')] as const;
      });
    }),
  );

/** Authorised on the volume and on the snapshot, and its tags besides. */
const accessOf = (state: Ec2State, input: Fields): readonly AccessRequest[] => {
  const { volume } = volumeOwner(state, text(input.VolumeId, 'VolumeId'));
  const action = 'ec2:CreateSnapshot';
  const tags = requestedTags(input);
  const snapshot = `arn:${state.place.partition}:ec2:${state.place.region}::snapshot/*`;
  const requested: AccessRequest['context'] = {
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    ...(Object.keys(tags).length > 0 && { 'aws:TagKeys': Object.keys(tags) }),
  };
  return [
    {
      action,
      resource: serviceArn(state.place, 'ec2', `volume/${volume.volumeId}`),
      context: tagContext('ec2', volume.tags),
    },
    { action, resource: snapshot, context: requested },
    // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
    ...(Object.keys(tags).length === 0
      ? []
      : [
          {
            action: 'ec2:CreateTags',
            resource: snapshot,
            context: { ...requested, 'ec2:CreateAction': 'CreateSnapshot' },
          },
        ]),
  ];
};

/** Of the account's own volumes; each is of the moment it was asked for, and `pending` long after. */
export const snapshotOperations = (state: Ec2State): Service => {
  const snapshots: Snapshot[] = [];
  const isPending = ({ startedAt }: Snapshot): boolean =>
    secondsBetween(startedAt, state.clock.now()) < PENDING_SECONDS;
  const stateOf = (snapshot: Snapshot): string => (isPending(snapshot) ? 'pending' : 'completed');
  const describe = (snapshot: Snapshot): Fields => ({
    SnapshotId: snapshot.snapshotId,
    VolumeId: snapshot.volumeId,
    VolumeSize: snapshot.sizeGiB,
    State: stateOf(snapshot),
    StartTime: snapshot.startedAt,
    OwnerId: state.place.account,
    Description: snapshot.description,
    // As the volume is.
    Encrypted: true,
    Tags: tagList(snapshot.tags),
  });

  return {
    CreateSnapshot: {
      input: {
        VolumeId: 'string!',
        Description: 'string',
        TagSpecifications: 'list',
        DryRun: 'boolean',
      },
      access: (input) => accessOf(state, input),
      run: (input) => {
        const { volume } = volumeOwner(state, text(input.VolumeId, 'VolumeId'));
        const own = snapshots.filter(({ volumeId }) => volumeId === volume.volumeId);
        const [last, now] = [own.at(-1), state.clock.now()];
        if (last !== undefined && secondsBetween(last.startedAt, now) < BETWEEN_SECONDS)
          throw new AwsError(
            'SnapshotCreationPerVolumeRateExceeded',
            'The maximum per volume CreateSnapshot request rate has been exceeded.',
          );
        if (own.filter(isPending).length >= MOST_PENDING)
          throw new AwsError(
            'ConcurrentSnapshotLimitExceeded',
            `Maximum allowed in-progress snapshots for ${volume.volumeId} exceeded.`,
          );
        const snapshot: Snapshot = {
          snapshotId: resourceId('snap', `${volume.volumeId}/${own.length}`),
          volumeId: volume.volumeId,
          sizeGiB: volume.sizeGiB,
          startedAt: now,
          description: optional(input.Description, 'Description', text, ''),
          tags: requestedTags(input),
        };
        snapshots.push(snapshot);
        return describe(snapshot);
      },
    },
    DescribeSnapshots: {
      input: {
        SnapshotIds: 'strings',
        OwnerIds: 'strings',
        Filters: 'list',
        MaxResults: 'number',
        NextToken: 'string',
        DryRun: 'boolean',
      },
      access: onEverything('ec2:DescribeSnapshots'),
      run: (input) => {
        const owners = optional(input.OwnerIds, 'OwnerIds', texts, ['self']);
        const ids = optional(input.SnapshotIds, 'SnapshotIds', texts, undefined);
        const absent = ids?.find((id) => !snapshots.some(({ snapshotId }) => snapshotId === id));
        if (absent !== undefined)
          throw new AwsError('InvalidSnapshot.NotFound', `The snapshot '${absent}' does not exist.`);
        const chosen = snapshots.filter(
          (each) =>
            (owners.includes('self') || owners.includes(state.place.account)) &&
            (ids === undefined || ids.includes(each.snapshotId)) &&
            passesFilters(
              input.Filters,
              {
                'snapshot-id': each.snapshotId,
                'volume-id': each.volumeId,
                'owner-id': state.place.account,
                status: stateOf(each),
              },
              each.tags,
            ),
        );
        const { items, next } = page(chosen, input.MaxResults, input.NextToken);
        return { Snapshots: items.map(describe), ...(next === undefined ? {} : { NextToken: next }) };
      },
    },
  };
};

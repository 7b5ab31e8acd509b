import { AwsError } from '../api/aws-error';
import { secondsBetween } from '../time/clock';
import { errorMessage, number, optional, text, texts, type Fields } from '../values/fields';
import type { ModelledInstance, ModelledVolume, VolumeModification } from '../fleet/instances';
import type { Service } from '../api/local-aws';
import { unwitnessed } from '../unwitnessed';
import { onEverything, serviceArn, tagContext } from './access';
import { page, passesFilters, tagList } from './ec2-filters';
import { current, describeModification, performanceOf } from './ec2-modification';
import { BYTES_PER_GIB, type Ec2State } from './ec2-state';

const SECONDS_PER_DAY = 86_400;
const GP3_MAX_GIB = 65_536;

export function volumeOwner(state: Ec2State, volumeId: string): ModelledInstance {
  if (!/^vol-[0-9a-f]{8}([0-9a-f]{9})?$/.test(volumeId)) {
    throw new AwsError('InvalidParameterValue', `Value (${volumeId}) for parameter volumeId is invalid.`);
  }
  const found = state.instances.find(({ volume }) => volume.volumeId === volumeId);
  if (!found) throw new AwsError('InvalidVolume.NotFound', `The volume '${volumeId}' does not exist.`);
  return found;
}

function checkModification(state: Ec2State, instance: ModelledInstance, sizeGiB: number): void {
  const { volume } = instance;
  const invalid = (message: string) => new AwsError('InvalidParameterValue', message);
  if (!Number.isInteger(sizeGiB)) throw invalid(`Size must be an integer, got ${sizeGiB}`);
  if (sizeGiB < volume.sizeGiB) {
    throw invalid(`New size cannot be smaller than existing size (${sizeGiB} < ${volume.sizeGiB} GiB)`);
  }
  if (sizeGiB > GP3_MAX_GIB)
    throw invalid(`Volume of ${sizeGiB} GiB is too large; maximum is ${GP3_MAX_GIB} GiB`);
  const last = volume.modifications.at(-1);
  if (last && ['modifying', 'optimizing'].includes(current(state, last).state)) {
    throw new AwsError(
      'IncorrectModificationState',
      `The volume ${volume.volumeId} is in state ${last.state}; it must be completed before the next modification`,
    );
  }
  const now = state.clock.now();
  const recent = volume.modifications.filter(
    ({ startedAt }) => secondsBetween(startedAt, now) < SECONDS_PER_DAY,
  );
  if (recent.length >= state.timing.modificationsPerDay) {
    throw new AwsError(
      'VolumeModificationRateExceeded',
      `You've reached the maximum modification rate per volume limit for ${volume.volumeId}.`,
    );
  }
  const running = state.instances
    .flatMap((other) => other.volume.modifications.slice(-1))
    .filter((modification) => current(state, modification).state === 'modifying')
    .reduce((sum, { targetSizeGiB }) => sum + targetSizeGiB, 0);
  if (running + sizeGiB > state.timing.modificationStorageGiB) {
    throw new AwsError(
      'VolumeModificationSizeLimitExceeded',
      'Storage modification quota of the account exceeded',
    );
  }
}

async function carryOut(
  state: Ec2State,
  instance: ModelledInstance,
  modification: VolumeModification,
): Promise<void> {
  await state.clock.sleep(state.timing.modifyingSeconds);
  const { modificationFails } = state.timing;
  if (modificationFails !== undefined) {
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VolumeModification.html
    modification.state = 'failed';
    modification.statusMessage = modificationFails;
    modification.endedAt = state.clock.now();
    Object.assign(instance.volume, modification.original);
    return;
  }
  try {
    await state.resize(instance, modification.targetSizeGiB * BYTES_PER_GIB);
    instance.volume.sizeGiB = modification.targetSizeGiB;
    modification.state = 'optimizing';
  } catch (error) {
    modification.state = 'failed';
    modification.statusMessage = errorMessage(error);
    throw error;
  }
}

/** How long EC2 goes on telling the modification before, where it does. Seconds. */
const REPORTED_LATE_SECONDS = 3;

/** What DescribeVolumesModifications tells; ModifyVolume itself knows better. */
function reportedModification(
  state: Ec2State,
  { modifications }: ModelledVolume,
): VolumeModification | undefined {
  const last = modifications.at(-1);
  const { newModification } = state.unwitnessed ?? unwitnessed();
  const isNew = last && secondsBetween(last.startedAt, state.clock.now()) < REPORTED_LATE_SECONDS;
  return isNew && newModification === 'told-late' ? modifications.at(-2) : last;
}

function describeVolume(instance: ModelledInstance): Fields {
  const { volume } = instance;
  return {
    VolumeId: volume.volumeId,
    Size: volume.sizeGiB,
    VolumeType: volume.volumeType,
    ...(volume.iops === undefined ? {} : { Iops: volume.iops }),
    ...(volume.throughput === undefined ? {} : { Throughput: volume.throughput }),
    State: 'in-use',
    Encrypted: true,
    AvailabilityZone: instance.availabilityZone,
    CreateTime: volume.createdAt,
    MultiAttachEnabled: false,
    Attachments: [
      {
        VolumeId: volume.volumeId,
        InstanceId: instance.instanceId,
        Device: instance.rootDeviceName,
        State: 'attached',
        AttachTime: instance.launchedAt,
        DeleteOnTermination: true,
      },
    ],
    Tags: tagList(volume.tags),
  };
}

export const volumeOperations = (state: Ec2State): Service => ({
  DescribeVolumes: {
    input: {
      VolumeIds: 'strings',
      Filters: 'list',
      MaxResults: 'number',
      NextToken: 'string',
      DryRun: 'boolean',
    },
    access: onEverything('ec2:DescribeVolumes'),
    run: (input) => {
      const ids = optional(input.VolumeIds, 'VolumeIds', texts, undefined);
      const candidates = ids ? ids.map((id) => volumeOwner(state, id)) : state.instances;
      const chosen = candidates.filter((instance) =>
        passesFilters(
          input.Filters,
          {
            'volume-id': instance.volume.volumeId,
            'attachment.instance-id': instance.instanceId,
            'attachment.device': instance.rootDeviceName,
            'volume-type': instance.volume.volumeType,
            status: 'in-use',
          },
          instance.volume.tags,
        ),
      );
      const { items, next } = page(chosen, input.MaxResults, input.NextToken);
      return { Volumes: items.map(describeVolume), ...(next === undefined ? {} : { NextToken: next }) };
    },
  },
  DescribeVolumesModifications: {
    input: {
      VolumeIds: 'strings',
      Filters: 'list',
      MaxResults: 'number',
      NextToken: 'string',
      DryRun: 'boolean',
    },
    access: onEverything('ec2:DescribeVolumesModifications'),
    run: (input) => {
      const ids = optional(input.VolumeIds, 'VolumeIds', texts, undefined);
      const candidates = ids ? ids.map((id) => volumeOwner(state, id)) : state.instances;
      // EC2 gives the most recent modification of each volume, and an error for a named volume without one.
      const latest = candidates.flatMap(({ volume }) => {
        const last = reportedModification(state, volume);
        if (!last && ids) {
          throw new AwsError(
            'InvalidVolumeModification.NotFound',
            `Modification for volume '${volume.volumeId}' does not exist.`,
          );
        }
        return last ? [{ volume, last }] : [];
      });
      const chosen = latest.filter(({ volume, last }) =>
        passesFilters(
          input.Filters,
          { 'volume-id': volume.volumeId, 'modification-state': current(state, last).state },
          volume.tags,
        ),
      );
      const { items, next } = page(chosen, input.MaxResults, input.NextToken);
      const modifications = items.map(({ volume, last }) =>
        describeModification(state, volume.volumeId, last),
      );
      return { VolumesModifications: modifications, ...(next === undefined ? {} : { NextToken: next }) };
    },
  },
  ModifyVolume: {
    input: {
      VolumeId: 'string!',
      Size: 'number',
      VolumeType: 'string',
      Iops: 'number',
      Throughput: 'number',
      DryRun: 'boolean',
      MultiAttachEnabled: 'boolean',
    },
    access: (input) => {
      const { volume } = volumeOwner(state, text(input.VolumeId, 'VolumeId'));
      const resource = serviceArn(state.place, 'ec2', `volume/${volume.volumeId}`);
      return [{ action: 'ec2:ModifyVolume', resource, context: tagContext('ec2', volume.tags) }];
    },
    run: (input) => {
      const instance = volumeOwner(state, text(input.VolumeId, 'VolumeId'));
      const { volume } = instance;
      const sizeGiB = optional(input.Size, 'Size', number, volume.sizeGiB);
      checkModification(state, instance, sizeGiB);
      if (input.DryRun === true) {
        throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', {
          status: 412,
        });
      }
      const original = performanceOf(volume);
      volume.volumeType = optional(input.VolumeType, 'VolumeType', text, volume.volumeType);
      volume.iops = optional(input.Iops, 'Iops', number, volume.iops);
      volume.throughput = optional(input.Throughput, 'Throughput', number, volume.throughput);
      const modification: VolumeModification = {
        originalSizeGiB: volume.sizeGiB,
        targetSizeGiB: sizeGiB,
        original,
        target: performanceOf(volume),
        startedAt: state.clock.now(),
        state: 'modifying',
      };
      volume.modifications.push(modification);
      state.inBackground(`modification of ${volume.volumeId}`, carryOut(state, instance, modification));
      return { VolumeModification: describeModification(state, volume.volumeId, modification) };
    },
  },
});

import type { Rule } from '../rule';
import { agentWithoutDiskMetrics } from './agent-without-disk-metrics';
import { alarmMissingData } from './alarm-missing-data';
import { alarmNeverMatches } from './alarm-never-matches';
import { alarmNotifiesNoOne } from './alarm-notifies-no-one';
import { controlPlaneCountEven } from './control-plane-count-even';
import { diskLevelsOutOfOrder } from './disk-levels-out-of-order';
import { etcdQuotaTooLarge } from './etcd-quota-too-large';
import { growthCapBeyondLimit } from './growth-cap-beyond-limit';
import { growthCapMissing } from './growth-cap-missing';
import { growthCapTooNear } from './growth-cap-too-near';
import { growthOutrunsModifications } from './growth-outruns-modifications';
import { instanceMetadataV1 } from './instance-metadata-v1';
import { instanceReplaced } from './instance-replaced';
import { liveSizeDrift } from './live-size-drift';
import { nodeGroupWithoutDiskAlarm } from './node-group-without-disk-alarm';
import { nodeGroupWithoutSilenceAlarm } from './node-group-without-silence-alarm';
import { rootDeviceNameMismatch } from './root-device-name-mismatch';
import { rootVolumeBelowMinimum } from './root-volume-below-minimum';
import { rootVolumeBelowRecommendation } from './root-volume-below-recommendation';
import { rootVolumeShrinks } from './root-volume-shrinks';
import { rootVolumeSizeOfImage } from './root-volume-size-of-image';
import { runningNodesUnchanged } from './running-nodes-unchanged';
import { suppressionExpired } from './suppression-expired';
import { suppressionUnused } from './suppression-unused';
import { suppressionWithoutReason } from './suppression-without-reason';
import { volumePerformanceUnused } from './volume-performance-unused';
import { volumeTypeOutdated } from './volume-type-outdated';
import { volumeUnencrypted } from './volume-unencrypted';

/** All rules, in the order of a report. */
export const RULES: readonly Rule[] = [
  rootVolumeBelowMinimum,
  rootVolumeBelowRecommendation,
  rootVolumeSizeOfImage,
  rootDeviceNameMismatch,
  rootVolumeShrinks,
  instanceReplaced,
  runningNodesUnchanged,
  growthCapMissing,
  growthCapTooNear,
  growthCapBeyondLimit,
  diskLevelsOutOfOrder,
  alarmNeverMatches,
  nodeGroupWithoutDiskAlarm,
  nodeGroupWithoutSilenceAlarm,
  alarmNotifiesNoOne,
  alarmMissingData,
  agentWithoutDiskMetrics,
  volumeUnencrypted,
  volumeTypeOutdated,
  volumePerformanceUnused,
  controlPlaneCountEven,
  etcdQuotaTooLarge,
  instanceMetadataV1,
  growthOutrunsModifications,
  liveSizeDrift,
  suppressionWithoutReason,
  suppressionExpired,
  suppressionUnused,
];

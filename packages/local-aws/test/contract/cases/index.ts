import type { ContractCase } from '../support/world';
import { CLOUDWATCH_CASES } from './cloudwatch';
import { INSTANCE_CASES } from './ec2-instances';
import { SNAPSHOT_CASES } from './ec2-snapshots';
import { VOLUME_CASES } from './ec2-volumes';
import { MESSAGE_CASES } from './messages';
import { S3_CASES } from './s3';
import { OPS_ITEM_CASES } from './ops-items';
import { AUTOMATION_CASES } from './ssm-automation';
import { COMMAND_CASES } from './ssm-commands';
import { TAG_CASES } from './tags';
import { PARAMETER_CASES } from './ssm-parameters';

/** What AWS does, as data; every backend is held to it. */
export const CASES: readonly ContractCase[] = [
  ...INSTANCE_CASES,
  ...VOLUME_CASES,
  ...SNAPSHOT_CASES,
  ...COMMAND_CASES,
  ...AUTOMATION_CASES,
  ...OPS_ITEM_CASES,
  ...CLOUDWATCH_CASES,
  ...MESSAGE_CASES,
  ...S3_CASES,
  ...TAG_CASES,
  ...PARAMETER_CASES,
];

import { isInstanceId } from './instance-id';

/** Folders of the evidence bucket: what a healing came to, and what was seen before it deleted anything. */
export const REPORTS_FOLDER = 'reports/';
export const EVIDENCE_FOLDER = 'evidence/';

/** An id that is none of EC2's must not shape a path. */
const folderOf = (instanceId: string): string => (isInstanceId(instanceId) ? instanceId : 'unknown');

/** Key of an execution's report. */
export const reportKeyOf = (instanceId: string, executionId: string): string =>
  `${REPORTS_FOLDER}${folderOf(instanceId)}/${executionId}.json`;

/** Key of what `assess` saw, kept before `reclaim` deletes. */
export const assessKeyOf = (instanceId: string, executionId: string): string =>
  `${EVIDENCE_FOLDER}${folderOf(instanceId)}/${executionId}/assess.json`;

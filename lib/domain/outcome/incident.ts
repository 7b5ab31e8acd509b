import { createHash } from 'node:crypto';

/** One transition of one alarm for one node. */
export interface IncidentKey {
  readonly instanceId: string;
  readonly alarmName: string;
  /** When the alarm changed state, ISO 8601. */
  readonly at: string;
}

/** Events are delivered at least once; every copy of one transition has the same id. */
export const incidentId = ({ instanceId, alarmName, at }: IncidentKey): string =>
  `${instanceId}/${alarmName}/${at}`;

/** Namespace of Headroom's name-based UUIDs; any fixed UUID will do (RFC 9562, section 5.5). */
const NAMESPACE = Buffer.from('5f0d2f0be6a44c7f9d6b1a1f3c2e7d48', 'hex');

/**
 * `ClientToken` of StartAutomationExecution: a UUID (version 5) made of the incident, so that SSM itself
 * collapses a second start. It wants the UUID format, ignores case and never takes a token twice.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartAutomationExecution.html
 */
export const clientToken = (incident: IncidentKey): string => {
  const hash = createHash('sha1').update(NAMESPACE).update(incidentId(incident)).digest().subarray(0, 16);
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

import type { Subject } from './rule';

/**
 * The same for the same finding in base and head, and from one commit to the next: no line, file or figure is in it.
 * A construct path outlives a move to another stack; a logical id does not.
 */
export const findingKey = (rule: string, { nodeGroup, place }: Subject): string =>
  [rule, nodeGroup ?? '', place.constructPath ?? `${place.stackName}/${place.logicalId}`].join('|');

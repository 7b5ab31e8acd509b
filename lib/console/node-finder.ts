import { TAGS } from '../domain/names/naming';
import type { GroupRules } from './status/node-status';

/** Tags by which an environment's nodes are found; attached nodes are tagged when they are attached. */
export const nodeTags = (environmentName: string): Readonly<Record<string, string>> => ({
  [TAGS.environment]: environmentName,
});

export const groupOf: GroupRules['groupOf'] = ({ tags }) => tags[TAGS.nodeGroup];

import type { Facts } from '../facts';
import { factsOf } from './facts-of';
import { loadTemplates, loadUnits } from './load-templates';
import type { ReadOptions } from './template';

export { AuditInputError } from '../audit-input-error';
export { factsOf } from './facts-of';
export { loadTemplates } from './load-templates';
export type { LoadedTemplates, ReadOptions, Template } from './template';

/** Facts of a cdk.out, a template, or a directory of templates. Throws AuditInputError where nothing can be read. */
export const readFacts = (path: string, options: ReadOptions = {}): Facts =>
  factsOf(loadTemplates(path, options), options);

/**
 * Facts of each unit by itself: an assembly, or one template with its nested stacks. Memory does not grow with their
 * number, and templates of a directory do not see each other's exports.
 */
export function* factsOfEach(path: string, options: ReadOptions = {}): Generator<Facts> {
  for (const unit of loadUnits(path, options)) yield factsOf(unit, options);
}

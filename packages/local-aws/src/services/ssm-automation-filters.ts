import { AwsError } from '../api/aws-error';
import type { Execution } from '../automation/execution';
import { fields, text, texts } from '../values/fields';

type Passes = (execution: Execution, values: readonly string[]) => boolean;

const FILTERS: Readonly<Record<string, Passes>> = {
  DocumentNamePrefix: ({ document }, values) => values.some((value) => document.name.startsWith(value)),
  ExecutionStatus: ({ status }, values) => values.includes(status),
  ExecutionId: ({ id }, values) => values.includes(id),
  CurrentAction: ({ steps }, values) => values.includes(steps.at(-1)?.definition.action ?? ''),
  StartTimeAfter: ({ startedAt }, values) => values.every((value) => startedAt >= new Date(value)),
  StartTimeBefore: ({ startedAt }, values) => values.every((value) => startedAt <= new Date(value)),
  AutomationType: (_execution, values) => values.includes('Local'),
};

/** @throws InvalidFilterKey for a key that is not known, InvalidFilterValue for more than ten values */
export function executionFilter(item: unknown): (execution: Execution) => boolean {
  const filter = fields(item, 'Filters');
  const key = text(filter.Key, 'Filters Key');
  const values = texts(filter.Values, `Filters ${key}`);
  const passes = FILTERS[key];
  if (!passes) throw new AwsError('InvalidFilterKey', `The specified filter key ${key} is not valid.`);
  if (values.length < 1 || values.length > 10)
    throw new AwsError('InvalidFilterValue', `${key} takes 1 to 10 values`);
  return (execution) => passes(execution, values);
}

import { AwsError } from '../api/aws-error';
import { fields, list, optional, text, texts } from '../values/fields';
import type { Tags } from '../fleet/instances';
import { like } from '../iam/iam-policy';

/** Filter name → the resource's values. `tag:KEY` and `tag-key` come from the tags. */
export type Filterable = Readonly<Record<string, string | undefined>>;

/** @throws InvalidParameterValue for a filter that is not known */
export function passesFilters(filters: unknown, values: Filterable, tags: Tags): boolean {
  return optional(filters, 'Filters', list, []).every((item) => {
    const filter = fields(item, 'Filters');
    const name = text(filter.Name, 'Filters Name');
    const wanted = texts(filter.Values, `Filters ${name} Values`);
    const matches = (value: string | undefined) =>
      value !== undefined && wanted.some((pattern) => like(pattern, value));
    if (name.startsWith('tag:')) return matches(tags[name.slice('tag:'.length)]);
    if (name === 'tag-key') return Object.keys(tags).some(matches);
    if (!(name in values)) throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
    return matches(values[name]);
  });
}

/** One page of at most MaxResults; the token is the index of the next item. */
export function page<T>(
  items: readonly T[],
  maxResults: unknown,
  token: unknown,
): { items: readonly T[]; next?: string } {
  const start = token === undefined ? 0 : Number(token);
  const size = maxResults === undefined ? items.length : Number(maxResults);
  const end = start + size;
  return { items: items.slice(start, end), ...(end < items.length ? { next: String(end) } : {}) };
}

export const tagList = (tags: Tags): readonly { Key: string; Value: string }[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

import { CreateTagsCommand, DeleteTagsCommand, type Filter, type Tag } from '@aws-sdk/client-ec2';
import { call, chunks, type SdkClient } from './sdk';

/** Filter of EC2's Describe calls → values, any of which matches. E.g. `instance-id`, `tag:KEY`, `tag-key`. */
export type Filters = Readonly<Record<string, string | readonly string[]>>;

/** Values that a filter takes. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html */
const VALUES_PER_FILTER = 200;

export const filtersOf = (filters: Filters): Filter[] =>
  Object.entries(filters).map(([Name, values]) => ({ Name, Values: [values].flat() }));

/** One filter for each call that so many values need. */
export const filterOf = (name: string, values: readonly string[]): readonly Filter[] =>
  chunks(values, VALUES_PER_FILTER).map((Values) => ({ Name: name, Values }));

export const tagsOf = (tags: readonly Tag[] = []): Readonly<Record<string, string>> =>
  Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));

/** The filters that match resources with all these tags. */
export const taggedWith = (tags: Readonly<Record<string, string | readonly string[]>>): Filters =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`tag:${key}`, value]));

/** @throws what the SDK throws */
export const tagResources = async (
  ec2: SdkClient,
  resourceIds: readonly string[],
  tags: Readonly<Record<string, string>>,
): Promise<void> => {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  await call(ec2, new CreateTagsCommand({ Resources: [...resourceIds], Tags }));
};

/** Without a value EC2 deletes whatever value it has. @throws what the SDK throws */
export const untagResources = async (
  ec2: SdkClient,
  resourceIds: readonly string[],
  keys: readonly string[],
): Promise<void> => {
  await call(ec2, new DeleteTagsCommand({ Resources: [...resourceIds], Tags: keys.map((Key) => ({ Key })) }));
};

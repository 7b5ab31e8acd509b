import { AwsError } from '../api/aws-error';
import { fields, list, optional, text, texts, type Fields } from '../values/fields';
import type { Tags } from '../fleet/instances';
import type { AccessRequest } from '../iam/iam-policy';
import type { Service } from '../api/local-aws';
import { serviceArn, tagContext } from './access';
import type { Ec2State } from './ec2-state';

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html */
const MAX_TAGS = 50;

interface Tagged {
  tags: Tags;
}

const resourceOf = (state: Ec2State, id: string): Tagged => {
  const [code, found] = id.startsWith('vol-')
    ? ([
        'InvalidVolume.NotFound',
        state.instances.find(({ volume }) => volume.volumeId === id)?.volume,
      ] as const)
    : (['InvalidInstanceID.NotFound', state.instances.find(({ instanceId }) => instanceId === id)] as const);
  if (!/^(?:i|vol)-[0-9a-f]{8,17}$/.test(id)) throw new AwsError('InvalidID', `The ID '${id}' is not valid`);
  if (!found) throw new AwsError(code, `The ID '${id}' does not exist`);
  return found;
};

const tagsOf = (input: Fields): readonly { readonly key: string; readonly value: string | undefined }[] =>
  optional(input.Tags, 'Tags', list, []).map((item) => {
    const tag = fields(item, 'Tags');
    return { key: text(tag.Key, 'Tags Key'), value: optional(tag.Value, 'Tags Value', text, undefined) };
  });

const requests = (state: Ec2State, action: string, input: Fields): readonly AccessRequest[] => {
  const tags = tagsOf(input);
  return texts(input.Resources, 'Resources').map((id) => ({
    action,
    resource: serviceArn(state.place, 'ec2', `${id.startsWith('vol-') ? 'volume' : 'instance'}/${id}`),
    context: {
      ...tagContext('ec2', resourceOf(state, id).tags),
      ...Object.fromEntries(tags.map(({ key, value }) => [`aws:RequestTag/${key}`, value ?? ''])),
      ...(tags.length > 0 && { 'aws:TagKeys': tags.map(({ key }) => key) }),
    },
  }));
};

const INPUT = { Resources: 'strings!', DryRun: 'boolean' } as const;

/** All resources or none, as EC2 does. */
export const tagOperations = (state: Ec2State): Service => ({
  CreateTags: {
    input: { ...INPUT, Tags: 'list!' },
    access: (input) => requests(state, 'ec2:CreateTags', input),
    run: (input) => {
      const written = Object.fromEntries(tagsOf(input).map(({ key, value }) => [key, value ?? '']));
      const [reserved] = Object.keys(written).filter((key) => key.startsWith('aws:'));
      if (reserved !== undefined)
        throw new AwsError(
          'InvalidParameterValue',
          `Tag keys starting with 'aws:' are reserved: ${reserved}`,
        );
      const resources = texts(input.Resources, 'Resources').map((id) => resourceOf(state, id));
      if (resources.some(({ tags }) => Object.keys({ ...tags, ...written }).length > MAX_TAGS))
        throw new AwsError('TagLimitExceeded', `The maximum number of tags is ${MAX_TAGS}`);
      for (const resource of resources) resource.tags = { ...resource.tags, ...written };
      return {};
    },
  },
  DeleteTags: {
    input: { ...INPUT, Tags: 'list' },
    access: (input) => requests(state, 'ec2:DeleteTags', input),
    run: (input) => {
      const taken = tagsOf(input);
      const resources = texts(input.Resources, 'Resources').map((id) => resourceOf(state, id));
      for (const resource of resources)
        resource.tags = Object.fromEntries(
          Object.entries(resource.tags).filter(
            ([name, has]) => !taken.some(({ key, value }) => key === name && (value ?? has) === has),
          ),
        );
      return {};
    },
  },
});

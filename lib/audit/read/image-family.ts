import { absent, known, unknown, type Fact, type ImageFamily } from '../facts';
import { isArray, own, type Json } from './json';
import type { Resolved } from './resolved';
import type { Resolver } from './resolver';
import type { Template } from './template';
import { textFact } from './values';

/** Paths below which their makers publish the ids of their images. */
const PARAMETERS: readonly (readonly [RegExp, ImageFamily])[] = [
  [/^\/aws\/service\/canonical\//, 'ubuntu'],
  [/^\/aws\/service\/debian\//, 'debian'],
  [/^\/aws\/service\/bottlerocket\//, 'bottlerocket'],
  [/^\/aws\/service\/ami-windows-latest\//, 'windows'],
  [/^\/aws\/service\/ami-amazon-linux-latest\/al2023-/, 'amazon-linux-2023'],
  [/^\/aws\/service\/ami-amazon-linux-latest\/amzn2-/, 'amazon-linux-2'],
  [/^\/aws\/service\/ami-amazon-linux-latest\/amzn-ami-/, 'other'],
  [/^\/aws\/service\/eks\/optimized-ami\/[^/]+\/amazon-linux-2023\//, 'amazon-linux-2023'],
  [/^\/aws\/service\/eks\/optimized-ami\/[^/]+\/amazon-linux-2/, 'amazon-linux-2'],
  [/^\/aws\/service\/ecs\/optimized-ami\/amazon-linux-2023\//, 'amazon-linux-2023'],
  [/^\/aws\/service\/ecs\/optimized-ami\/amazon-linux-2\//, 'amazon-linux-2'],
  [/^\/aws\/service\/marketplace\//, 'other'],
];

/** EKS's AmiType. Source: https://docs.aws.amazon.com/eks/latest/APIReference/API_Nodegroup.html */
const AMI_TYPES: readonly (readonly [RegExp, ImageFamily])[] = [
  [/^AL2_/, 'amazon-linux-2'],
  [/^AL2023_/, 'amazon-linux-2023'],
  [/^BOTTLEROCKET_/, 'bottlerocket'],
  [/^WINDOWS_/, 'windows'],
];

/** Words in the keys of a mapping. Of two families in one key nobody knows which it is. */
const WORDS: readonly (readonly [RegExp, ImageFamily])[] = [
  [/ubuntu/i, 'ubuntu'],
  [/debian/i, 'debian'],
  [/bottlerocket/i, 'bottlerocket'],
  [/windows|win20(1|2)\d/i, 'windows'],
  [/al2023|amazon-?linux-?2023/i, 'amazon-linux-2023'],
  [/amzn2|amazon-?linux-?2(?!\d)|(^|[^a-z0-9])al2([^a-z0-9]|$)/i, 'amazon-linux-2'],
  [/coreos|flatcar|centos|rhel|redhat|suse|sles|fedora|talos/i, 'other'],
];

const first = (table: readonly (readonly [RegExp, ImageFamily])[], text: string): ImageFamily | undefined =>
  table.find(([pattern]) => pattern.test(text))?.[1];

const ofParameter = (name: string): Fact<ImageFamily> => {
  const family = first(PARAMETERS, name);
  return family === undefined
    ? unknown(`nothing says whose image the SSM parameter ${name} holds`)
    : known(family);
};

const ofWords = (text: string): ImageFamily | undefined => {
  const found = new Set(WORDS.filter(([pattern]) => pattern.test(text)).map(([, family]) => family));
  return found.size === 1 ? [...found][0] : undefined;
};

/** Family of `ImageId`, from where its id comes. An id alone tells nothing. */
export const imageFamily = (
  resolver: Resolver,
  template: Template,
  json: Json | undefined,
  image: Resolved,
): Fact<ImageFamily> => {
  if (image.kind === 'absent') return absent;
  const parameter =
    parameterName(resolver, template, json) ?? (image.kind === 'unknown' ? image.ssmParameter : undefined);
  if (parameter !== undefined) return ofParameter(parameter);
  const keys = own(json, 'Fn::FindInMap');
  if (isArray(keys)) {
    // The last key names the image more closely than the mapping.
    for (const key of [keys[2], keys[1], keys[0]]) {
      const family = typeof key === 'string' ? ofWords(key) : undefined;
      if (family !== undefined) return known(family);
    }
  }
  if (image.kind === 'unknown') return unknown(image.why);
  const text = textFact(image);
  return unknown(
    text.state === 'known'
      ? `nothing says what ${text.value.slice(0, 60)} is`
      : 'its image is made at deployment',
  );
};

/** The SSM parameter behind an id, also where its value was given. */
const parameterName = (
  resolver: Resolver,
  template: Template,
  json: Json | undefined,
): string | undefined => {
  if (typeof json === 'string') return /resolve:ssm:([^}]+)/.exec(json)?.[1]?.replace(/:\d+$/, '');
  const name = own(json, 'Ref');
  const parameter = typeof name === 'string' ? own(own(template.body, 'Parameters'), name) : undefined;
  const type = own(parameter, 'Type');
  if (typeof name !== 'string' || typeof type !== 'string' || !type.startsWith('AWS::SSM::Parameter::Value<'))
    return undefined;
  const byDefault = own(parameter, 'Default');
  const isGiven =
    Object.hasOwn(template.parameters, name) || Object.hasOwn(resolver.stacks.options.parameters ?? {}, name);
  return typeof byDefault === 'string' && !isGiven ? byDefault : undefined;
};

/** Family of an EKS managed node group. */
export const amiTypeFamily = (amiType: Fact<string>): Fact<ImageFamily> => {
  if (amiType.state === 'unknown') return amiType;
  if (amiType.state === 'absent')
    return unknown('AmiType is not there; EKS picks Amazon Linux 2 or 2023 by its version');
  const family = first(AMI_TYPES, amiType.value);
  return family === undefined
    ? unknown(`AmiType ${amiType.value.slice(0, 40)} names no family`)
    : known(family);
};

import { z } from 'zod';
import type { DeclaredPolicy, Place, Suppression } from '../facts';
import { isArray, isObject, own, type Json } from './json';
import type { Resolver } from './resolver';
import type { Resource } from './stack-set';
import type { Template } from './template';
import { deep } from './values';

const text = z.string().min(1);
const positive = z.number().positive();
const percent = z.number().min(0).max(100);

const KEYS = {
  environment: text,
  nodeGroup: text,
  role: z.enum(['control-plane', 'worker']),
  environmentFile: text,
  environmentPath: text,
  sizeGiB: positive,
  maxSizeGiB: positive,
  diskLevels: z.strictObject({
    warningPercent: percent,
    criticalPercent: percent,
    emergencyPercent: percent,
    targetPercent: percent,
  }),
  growthGiBPerDay: z.number().min(0),
  etcdQuotaGiB: positive,
  kubelet: z.strictObject({
    imageGcLowPercent: percent.optional(),
    imageGcHighPercent: percent.optional(),
    evictionPercent: percent.optional(),
  }),
  // One without a reason, or with a day that is none, is a finding of a rule and no mistake here.
  suppress: z.array(
    z.strictObject({ rule: text, reason: z.string().default(''), expires: z.string().optional() }),
  ),
} as const;

type Declared = { readonly [K in keyof typeof KEYS]?: z.infer<(typeof KEYS)[K]> };

export interface ResourceMetadata {
  readonly policy: DeclaredPolicy;
  readonly declaredIn?: NonNullable<Place['declaredIn']>;
  readonly suppress: NonNullable<Declared['suppress']>;
  /** What it declares in a form that nobody can read. */
  readonly mistakes: readonly string[];
}

const NONE: ResourceMetadata = { policy: {}, suppress: [], mistakes: [] };

const isKey = (key: string): key is keyof typeof KEYS => Object.hasOwn(KEYS, key);

const issueText = (key: string, { issues: [issue] }: z.ZodError): string =>
  `Metadata.Headroom.${[key, ...(issue?.path ?? [])].map(String).join('.')}: ${issue?.message ?? 'cannot be read'}`;

const parse = (found: Json): ResourceMetadata => {
  if (!isObject(found)) return { ...NONE, mistakes: ['Metadata.Headroom: it is no mapping'] };
  const mistakes: string[] = [];
  const values: [string, unknown][] = [];
  for (const [key, value] of Object.entries(found)) {
    if (!isKey(key)) mistakes.push(`Metadata.Headroom.${key}: there is no such key`);
    else {
      const result = KEYS[key].safeParse(value);
      if (result.success) values.push([key, result.data]);
      else {
        mistakes.push(issueText(key, result.error));
        // One that cannot be read must not take the others with it.
        if (key === 'suppress' && isArray(value))
          values.push([key, value.flatMap((item) => KEYS.suppress.safeParse([item]).data ?? [])]);
      }
    }
  }
  const {
    environmentFile,
    environmentPath,
    suppress = [],
    ...policy
  } = Object.fromEntries(values) as Declared;
  return {
    // Zod's optional keys are absent or there, never undefined.
    policy: policy as DeclaredPolicy,
    ...(environmentFile !== undefined &&
      environmentPath !== undefined && { declaredIn: { file: environmentFile, path: environmentPath } }),
    suppress,
    mistakes,
  };
};

const done = new WeakMap<object, ResourceMetadata>();

/** `Metadata.Headroom` of a resource. A key of the wrong type is named, and the others hold. */
export const readMetadata = (resolver: Resolver, { template, json }: Resource): ResourceMetadata => {
  const found = own(own(json, 'Metadata'), 'Headroom');
  if (found === undefined) return NONE;
  const before = done.get(json);
  if (before !== undefined) return before;
  const metadata = parse(deep(resolver, template, found));
  done.set(json, metadata);
  return metadata;
};

export const suppressionsOf = (resolver: Resolver, resource: Resource): readonly Suppression[] => {
  const line = resource.template.lines.get(resource.logicalId);
  return readMetadata(resolver, resource).suppress.map(({ rule, reason, expires }) => ({
    rule,
    reason,
    ...(expires !== undefined && { expires }),
    place: {
      file: resource.template.file,
      ...(line !== undefined && { line }),
      logicalId: resource.logicalId,
    },
  }));
};

/** `Metadata.Headroom` of a template itself bears suppressions alone; the other keys are of node groups. */
export const templateMetadata = (
  resolver: Resolver,
  template: Template,
): { readonly suppressions: readonly Suppression[]; readonly mistakes: readonly string[] } => {
  const found = own(own(template.body, 'Metadata'), 'Headroom');
  if (found === undefined) return { suppressions: [], mistakes: [] };
  const json = deep(resolver, template, found);
  const { suppress, mistakes } = parse(json);
  const foreign = isObject(json) ? Object.keys(json).filter((key) => key !== 'suppress' && isKey(key)) : [];
  return {
    suppressions: suppress.map(({ rule, reason, expires }) => ({
      rule,
      reason,
      ...(expires !== undefined && { expires }),
      place: { file: template.file },
      within: template.file,
    })),
    mistakes: [
      ...mistakes,
      ...foreign.map(
        (key) => `Metadata.Headroom.${key}: a template has no node group; write it on the resource`,
      ),
    ],
  };
};

import type { Json } from './json';
import type { Resource } from './stack-set';
import type { Template } from './template';

/** What became of a value. Arrays and objects are resolved one level at a time, by whoever looks into them. */
export type Resolved =
  | { readonly kind: 'plain'; readonly template: Template; readonly json: Json }
  /** A resource of the templates, or an attribute of it. */
  | { readonly kind: 'link'; readonly resource: Resource; readonly attribute?: string }
  | {
      readonly kind: 'unknown';
      readonly why: string;
      /** Name of the SSM parameter that holds the value. */
      readonly ssmParameter?: string;
    }
  | { readonly kind: 'absent' };

export type Link = Extract<Resolved, { readonly kind: 'link' }>;

export const ABSENT: Resolved = { kind: 'absent' };

export const unknownValue = (why: string, ssmParameter?: string): Resolved => ({
  kind: 'unknown',
  why,
  ...(ssmParameter !== undefined && { ssmParameter }),
});

/** `ref:LOGICAL_ID` or `ref:LOGICAL_ID.ATTRIBUTE`. */
export const token = ({ resource, attribute }: Link): string =>
  `ref:${resource.logicalId}${attribute === undefined ? '' : `.${attribute}`}`;

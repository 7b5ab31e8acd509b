import { z } from 'zod';
import { attachedSchema, provisionedSchema } from './schema';

interface ObjectSchema {
  readonly properties: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}

const jsonSchemaOf = (schema: z.ZodType): ObjectSchema =>
  z.toJSONSchema(schema, { io: 'input', target: 'draft-7' }) as unknown as ObjectSchema;

const without = ({ properties }: ObjectSchema, { properties: others }: ObjectSchema): string[] =>
  Object.keys(properties).filter((key) => !Object.hasOwn(others, key));

const refused = (keys: readonly string[]): Record<string, false> =>
  Object.fromEntries(keys.map((key) => [key, false]));

/**
 * The JSON Schema that editors hold environment files against, as the text of its file. One object with the keys of both
 * shapes, so that editors complete them, and a condition on `cluster.existing`; a choice of two whole schemas would make
 * editors complain of everything at once.
 */
export const environmentJsonSchema = (): string => {
  const provisioned = jsonSchemaOf(provisionedSchema);
  const attached = jsonSchemaOf(attachedSchema);
  const cluster = provisioned.properties['cluster'] as ObjectSchema;
  const attachedCluster = attached.properties['cluster'] as ObjectSchema;
  const inBoth = (attached.required ?? []).filter((key) => provisioned.required?.includes(key));
  const schema = {
    title: 'Headroom environment',
    ...provisioned,
    properties: {
      ...provisioned.properties,
      cluster: { ...cluster, properties: { ...attachedCluster.properties, ...cluster.properties } },
    },
    required: inBoth,
    if: { required: ['cluster'], properties: { cluster: { required: ['existing'] } } },
    then: {
      properties: {
        ...refused(without(provisioned, attached)),
        cluster: { properties: refused(without(cluster, attachedCluster)) },
      },
    },
    else: { required: (provisioned.required ?? []).filter((key) => !inBoth.includes(key)) },
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
};

import { z } from 'zod';
import { describeIssues } from '../shared/read-input';

const request = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResponseURL: z.url(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  PhysicalResourceId: z.string().optional(),
});

const properties = z.object({
  /** e.g. `environments/prod.yaml`; only for messages. */
  EnvironmentFile: z.string(),
  Groups: z
    .array(
      z.object({
        Name: z.string(),
        /** CloudFormation makes text of numbers. */
        SizeGiB: z.coerce.number().positive(),
        /** In the environment's file, e.g. `controlPlane`. */
        Path: z.string(),
      }),
    )
    // None declares a size where Headroom is attached to nodes that others made; a template may then leave the list out.
    .default([]),
});

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html */
export type CustomResourceRequest = z.infer<typeof request>;
export type SizesProperties = z.infer<typeof properties>;

/** @throws Error when there is no response URL to answer */
export const readRequest = (event: unknown): CustomResourceRequest => {
  const read = request.safeParse(event);
  if (read.success) return read.data;
  throw new Error(
    `the custom resource's request is invalid: ${describeIssues(read.error, event, 'request')}`,
  );
};

/** @throws Error saying which property is wrong */
export const readProperties = (event: unknown): SizesProperties => {
  const input: unknown = (event as { ResourceProperties?: unknown }).ResourceProperties;
  const read = properties.safeParse(input);
  if (read.success) return read.data;
  throw new Error(
    `the resource's properties are invalid: ${describeIssues(read.error, input, 'properties')}`,
  );
};

import { z } from 'zod';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html */
const schema = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResponseURL: z.url(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  PhysicalResourceId: z.string().optional(),
  ResourceProperties: z.record(z.string(), z.unknown()),
});

/** CloudFormation asks a function to make, change or take away what a custom resource stands for. */
export type CustomResourceRequest = z.infer<typeof schema>;

/** undefined: it is something else. */
export const customResourceRequest = (event: unknown): CustomResourceRequest | undefined =>
  schema.safeParse(event).data;

export type CustomResourceOutcome =
  | { readonly physicalResourceId: string; readonly failure?: undefined }
  | { readonly physicalResourceId: string; readonly failure: string };

/** CloudFormation reads 4,096 bytes of answer at most. */
const REASON_CHARACTERS = 1_000;

/** The answer's text, as CloudFormation reads it. */
export const customResourceAnswer = (
  { StackId, RequestId, LogicalResourceId }: CustomResourceRequest,
  { physicalResourceId, failure }: CustomResourceOutcome,
): string =>
  JSON.stringify({
    ...{ StackId, RequestId, LogicalResourceId, PhysicalResourceId: physicalResourceId },
    ...(failure === undefined
      ? { Status: 'SUCCESS' }
      : { Status: 'FAILED', Reason: failure.slice(0, REASON_CHARACTERS) }),
  });

export type SendAnswer = (url: string, body: string) => Promise<void>;

const ATTEMPTS = 3;

/** To the address that CloudFormation has signed for it. @throws Error when it is not taken; then the stack waits in vain */
export const sendAnswer: SendAnswer = async (url, body) => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      // The signature covers an empty content type.
      const response = await fetch(url, { method: 'PUT', body, headers: { 'content-type': '' } });
      if (response.ok) return;
      throw new Error(`CloudFormation did not take the answer: HTTP ${response.status}`);
    } catch (error) {
      if (attempt >= ATTEMPTS) throw error;
    }
  }
};

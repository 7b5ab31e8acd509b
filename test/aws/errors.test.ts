import * as s3 from '@aws-sdk/client-s3';
import * as ssm from '@aws-sdk/client-ssm';
import { isThrottlingError } from '@smithy/core/retry';
import { CODES, describeError, errorCode, means, orUndefined } from '../../lib/aws/errors';
import { awsError } from '../lambda/fake-sdk';

test('an error has the meaning of its code alone, not of its text', () => {
  expect(means(awsError('ParameterNotFound'), 'noParameter')).toBe(true);
  expect(means(awsError('ParameterNotFound'), 'noDocument')).toBe(false);
  expect(means(awsError('Error', 'ParameterNotFound'), 'noParameter')).toBe(false);
  expect(means('ParameterNotFound', 'noParameter')).toBe(false);
});

test('a network error is known by its `code`', () => {
  expect(means(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 'noNetwork')).toBe(true);
});

test('an answer that does not exist is undefined; every other error is one', async () => {
  const fails = (name: string) => orUndefined(Promise.reject(awsError(name)), 'noObject');
  await expect(orUndefined(Promise.resolve(1), 'noObject')).resolves.toBe(1);
  await expect(fails('NoSuchKey')).resolves.toBeUndefined();
  await expect(fails('AccessDenied')).rejects.toThrow('AccessDenied');
});

test('what is not an error has a code and a text too', () => {
  expect([errorCode('why'), describeError('why')]).toEqual(['UnknownError', 'why']);
  expect(describeError(awsError('Throttling', 'Rate exceeded'))).toBe('Throttling: Rate exceeded');
});

test.each(CODES.throttled)('the SDK itself takes %s for throttling', (code) => {
  expect(isThrottlingError({ name: code, message: code })).toBe(true);
});

test.each([
  ...CODES.noParameter,
  ...CODES.noExecution,
  ...CODES.noDocument,
  ...CODES.noInvocationYet,
  ...CODES.tokenUsed,
  ...CODES.opsItemOpen,
])('the SDK of Systems Manager has an error class %s', (code) => {
  expect(ssm).toHaveProperty(code);
});

test.each(CODES.noObject)('the SDK of S3 has an error class %s', (code) => {
  expect(s3).toHaveProperty(code);
});

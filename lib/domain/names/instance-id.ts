/**
 * EC2 instance ids, short (8) and long (17 hexadecimal digits). Anything else never reaches a command line:
 * the id comes from an event that others can write.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html
 */
const INSTANCE_ID = /^i-[0-9a-f]{8}(?:[0-9a-f]{9})?$/;

export const isInstanceId = (text: unknown): text is string =>
  typeof text === 'string' && INSTANCE_ID.test(text);

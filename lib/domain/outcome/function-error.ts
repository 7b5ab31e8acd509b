import type { AutomationStepFacts } from './automation-execution';

/**
 * The error of a Lambda function whose step is a success all the same; undefined: it gave an answer. AWS documents for a
 * function that throws no more than an output FunctionError, with the error as its payload:
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
 */
export const functionError = (step: AutomationStepFacts | undefined): string | undefined => {
  const payload = step?.outputs['Payload']?.[0];
  if (payload === undefined || !payload.includes('errorMessage')) return undefined;
  try {
    const value = JSON.parse(payload) as unknown;
    if (typeof value !== 'object' || value === null || !('errorMessage' in value)) return undefined;
    const type = 'errorType' in value ? String(value.errorType) : 'Error';
    return `${type}: ${String(value.errorMessage)}`;
  } catch {
    // An answer that was cut, or none of ours.
    return undefined;
  }
};

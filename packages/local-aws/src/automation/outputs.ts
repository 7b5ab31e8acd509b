import { JSONPath } from 'jsonpath-plus';
import { isFields, type Fields } from '../values/fields';
import { StepFailure, type OutputDefinition } from './types';

/** The value a JSONPath selects; undefined when there is none. A path with several matches gives a list. */
export function select(selector: string, from: unknown): unknown {
  if (from === null || typeof from !== 'object') return undefined;
  const found: unknown = JSONPath({ path: selector, json: from, wrap: true, eval: false });
  const matches = Array.isArray(found) ? (found as unknown[]) : [];
  const indefinite = /\*|\.\.|\[\?|\[[^\]]*[:,]/.test(selector);
  return indefinite ? matches : matches[0];
}

const CONVERT: Readonly<Record<string, (value: unknown) => unknown>> = {
  String: (value) => (typeof value === 'string' ? value : isScalar(value) ? String(value) : undefined),
  Integer: (value) => (typeof value === 'number' && Number.isInteger(value) ? value : undefined),
  Boolean: (value) => (typeof value === 'boolean' ? value : undefined),
  StringList: (value) =>
    Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined,
  StringMap: (value) => (isFields(value) ? value : undefined),
  MapList: (value) => (Array.isArray(value) && value.every(isFields) ? value : undefined),
};

const isScalar = (value: unknown): boolean => typeof value === 'number' || typeof value === 'boolean';

/**
 * The outputs that the step declares with Selector and Type.
 * @throws StepFailure when a selected value does not have the declared type
 */
export function declaredOutputs(definitions: readonly OutputDefinition[], response: unknown): Fields {
  const entries = definitions.flatMap(({ name, selector, type }) => {
    const value = select(selector, response);
    if (value === undefined || value === null) return [];
    const converted = CONVERT[type]?.(value);
    if (converted === undefined) {
      const message = `Output ${name}: the value at ${selector} is no ${type}: ${JSON.stringify(value)}`;
      throw new StepFailure(message, { stage: 'Verification', type: 'OutputTypeMismatch' });
    }
    return [[name, converted] as const];
  });
  return Object.fromEntries(entries);
}

/** As GetAutomationExecution shows outputs and inputs: lists of strings. */
export const shownList = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map(shownText) : [shownText(value)];

export const shownText = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

/**
 * Shown for a declared output whose step did not run, or failed. Recorded in aws/aws-cli@b196641
 * awscli/examples/ssm/describe-automation-executions.rst, and of a step that failed in
 * aws-solutions/automated-security-response-on-aws, the tests of check_ssm_execution.
 */
export const PLACEHOLDER = 'No output available yet because the step is not successfully executed';

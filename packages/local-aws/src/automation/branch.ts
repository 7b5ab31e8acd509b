import { fields, flag, list, number, onlyKeys, text, type Fields } from '../values/fields';
import type { Action } from './types';

type Comparison = (variable: unknown, operand: unknown, where: string) => boolean;

const strings =
  (test: (left: string, right: string) => boolean): Comparison =>
  (variable, operand, where) =>
    test(typeof variable === 'string' ? variable : JSON.stringify(variable), text(operand, where));

const numbers =
  (test: (left: number, right: number) => boolean): Comparison =>
  (variable, operand, where) =>
    test(number(variable, `${where} Variable`), number(operand, where));

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  StringEquals: strings((left, right) => left === right),
  EqualsIgnoreCase: strings((left, right) => left.toLowerCase() === right.toLowerCase()),
  StartsWith: strings((left, right) => left.startsWith(right)),
  EndsWith: strings((left, right) => left.endsWith(right)),
  Contains: strings((left, right) => left.includes(right)),
  NumericEquals: numbers((left, right) => left === right),
  NumericGreater: numbers((left, right) => left > right),
  NumericLesser: numbers((left, right) => left < right),
  NumericGreaterOrEquals: numbers((left, right) => left >= right),
  NumericLesserOrEquals: numbers((left, right) => left <= right),
  BooleanEquals: (variable, operand, where) => flag(variable, `${where} Variable`) === flag(operand, where),
};

/** Whether a choice (already interpolated) holds. @throws for an operator that is not known */
export function choiceHolds(choice: Fields, where: string): boolean {
  const rest: Fields = Object.fromEntries(Object.entries(choice).filter(([key]) => key !== 'NextStep'));
  if (rest.And !== undefined)
    return list(rest.And, where).every((item) => choiceHolds(fields(item, where), where));
  if (rest.Or !== undefined)
    return list(rest.Or, where).some((item) => choiceHolds(fields(item, where), where));
  if (rest.Not !== undefined) return !choiceHolds(fields(rest.Not, where), where);
  const { Variable: variable, ...operators } = rest;
  const [name = '', ...more] = Object.keys(operators);
  const comparison = COMPARISONS[name];
  if (!comparison || more.length > 0)
    throw new Error(`${where}: unknown operator ${Object.keys(operators).join(', ') || '(none)'}`);
  return comparison(variable, operators[name], `${where} ${name}`);
}

function checkChoice(choice: Fields, where: string): void {
  const nested = [choice.And, choice.Or].flatMap((group) => (group === undefined ? [] : list(group, where)));
  for (const item of [...nested, ...(choice.Not === undefined ? [] : [choice.Not])])
    checkChoice(fields(item, where), where);
  onlyKeys(choice, ['NextStep', 'Variable', 'And', 'Or', 'Not', ...Object.keys(COMPARISONS)], where);
}

/** Every choice is checked when the document is read: a choice that is seldom reached must not hide a mistake. */
export function checkBranch(inputs: Fields, where: string): void {
  onlyKeys(inputs, ['Choices', 'Default'], `${where}.inputs`);
  for (const item of list(inputs.Choices, `${where}.Choices`)) {
    const choice = fields(item, `${where}.Choices`);
    text(choice.NextStep, `${where}.Choices NextStep`);
    checkChoice(choice, `${where}.Choices`);
  }
}

export const branch: Action = (inputs, _world, step) => {
  const chosen = list(inputs.Choices, 'Choices')
    .map((item) => fields(item, 'Choices'))
    .find((choice) => choiceHolds(choice, step.name));
  const next = chosen ? text(chosen.NextStep, 'NextStep') : inputs.Default;
  return Promise.resolve({ outputs: {}, ...(typeof next === 'string' ? { nextStep: next } : {}) });
};

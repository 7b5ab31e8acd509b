import { CASES } from '../../packages/local-aws/test/contract/cases';
import { errorCodes, ledgerRows, SERVICE_MODEL } from './support/ledger';
import { localAccount } from '../../packages/local-aws/test/contract/support/local-account';
import { serviceModels, unknownMembers } from '../../packages/local-aws/test/contract/support/service-models';

jest.setTimeout(60_000);

const OPERATIONS = Object.entries(localAccount().services).flatMap(([service, operations]) =>
  Object.entries(operations).map(([operation, { input }]) => ({
    service,
    name: `${service}:${operation}`,
    members: Object.keys(input),
    required: Object.keys(input).filter((member) => input[member]?.endsWith('!')),
  })),
);
const models = serviceModels(OPERATIONS.map(({ name }) => name));
const modelOf = (name: string) => {
  const model = models[name];
  if (!model) throw new Error(`botocore has no ${name}`);
  return model;
};

test.each(OPERATIONS)("$name takes only members that AWS's model has", ({ name, members }) => {
  const { input } = modelOf(name);
  expect(members.filter((member) => !input.includes(member))).toEqual([]);
});

test.each(OPERATIONS)('$name requires what AWS requires, or more', ({ name, required }) => {
  expect(modelOf(name).required.filter((member) => !required.includes(member))).toEqual([]);
});

test.each(CASES)(
  "$operation: $name: each answer has members of AWS's model alone",
  async ({ arrange, call }) => {
    const { aws, world } = localAccount();
    const calls = jest.spyOn(aws, 'call');
    await arrange?.(world);
    await call(world).catch(() => undefined); // what fails is held by the cases themselves
    expect(calls.mock.calls.length).toBeGreaterThan(0);
    for (const [index, [service, operation]] of calls.mock.calls.entries()) {
      const result = calls.mock.results[index]?.value as Promise<unknown> | undefined;
      const answer = await Promise.resolve(result).catch(() => ({}));
      expect(unknownMembers(answer, modelOf(`${service}:${operation}`).output)).toEqual([]);
    }
  },
);

/** EC2 models no errors, and other services not all: those need a witness of another kind in the ledger. */
test("an error whose witness is AWS's model is in the model of its service", () => {
  const byModel = new Set(
    ledgerRows().flatMap(({ witness, names }) => (witness === SERVICE_MODEL ? names : [])),
  );
  const missing = [...errorCodes()].flatMap(([service, codes]) => {
    const modelled = new Set(
      OPERATIONS.filter((each) => service === 'every' || each.service === service).flatMap(
        ({ name }) => modelOf(name).errors,
      ),
    );
    return [...codes]
      .filter((code) => byModel.has(code) && !modelled.has(code))
      .map((code) => `${service}: ${code}`);
  });
  expect(missing).toEqual([]);
});

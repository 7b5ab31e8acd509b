import { CASES } from './cases';
import { localAccount } from './support/local-account';
import { serveSystemsManager } from './support/local-over-http';
import { startMoto, type MotoServer } from './support/moto-server';
import { motoWorld, wireClients, type WireClients } from './support/moto-world';
import { holds } from './support/outcome';

jest.setTimeout(60_000);

describe('moto, over HTTP by the SDK', () => {
  let moto: MotoServer;
  let clients: WireClients;
  beforeAll(async () => {
    moto = await startMoto();
    clients = wireClients(moto.endpoint);
  });
  afterAll(() => moto?.stop());

  for (const each of CASES) {
    if (each.moto === 'lacks the operation') continue;
    const { expect: wanted, moto: differs } = each;
    const outcome = differs?.does ?? wanted;
    test(`${each.operation}: ${each.name}${differs ? ' (differs)' : ''}`, async () => {
      await holds(each, outcome, await motoWorld(clients));
    });
    if (differs) {
      test(`${each.operation}: ${each.name}: the difference is still there`, async () => {
        await expect(holds(each, wanted, await motoWorld(clients))).rejects.toThrow();
      });
    }
  }
});

test.each(CASES)('the local AWS: $operation: $name', async (each) => {
  await holds(each, each.expect, localAccount().world);
});

/** A wrong name or type would go unnoticed where every reader is ours: the SDK drops what the service's model lacks. */
test.each(CASES.filter(({ operation }) => operation.startsWith('ssm:')))(
  'the local AWS, over HTTP by the SDK: $operation: $name',
  async (each) => {
    const { aws, world } = localAccount();
    const served = await serveSystemsManager(aws);
    const overWire: { send(command: object): Promise<object> } = wireClients(served.endpoint).ssm;
    const ssm = {
      send: async (command: object): Promise<object> => {
        const answer = await overWire.send(command);
        expect({ ...answer, $metadata: undefined }).toEqual(served.last());
        return answer;
      },
    };
    try {
      await holds(each, each.expect, { ...world, clients: { ...world.clients, ssm } });
    } finally {
      await served.close();
    }
  },
);

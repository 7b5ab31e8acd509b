import type { ModelledInstance } from '../src/fleet/instances';
import { LocalAws } from '../src/api/local-aws';
import { commandOperations } from '../src/services/ssm-commands';
import { VirtualClock } from '../src/time/virtual-clock';
import { document, PLACE } from './support/resources';

const node = (instanceId: string, group: string, state?: 'terminated'): ModelledInstance =>
  ({
    instanceId,
    tags: { environment: 'dev', group },
    ...(state && { state }),
  }) as unknown as ModelledInstance;

const open = () => {
  const clock = new VirtualClock();
  const ran: string[] = [];
  const ssm = commandOperations({
    clock,
    place: PLACE,
    inBackground: () => undefined,
    documents: [document('Look', 'Command', { schemaVersion: '2.2', mainSteps: [] })],
    instances: [
      node('i-00000001', 'general'),
      node('i-00000002', 'batch'),
      node('i-00000003', 'batch'),
      node('i-00000004', 'batch', 'terminated'),
    ],
    run: ({ instanceId }) => {
      ran.push(instanceId);
      return Promise.resolve([]);
    },
  });
  const aws = new LocalAws({ clock, services: { ssm } });
  const send = (input: object) => aws.call('ssm', 'SendCommand', { DocumentName: 'Look', ...input });
  return { send, ran };
};
const tag = (key: string, ...Values: string[]) => ({ Key: `tag:${key}`, Values });

describe('SendCommand to nodes by their tags', () => {
  it('reaches those that run and have all of them', async () => {
    const { send, ran } = open();
    await send({ Targets: [tag('environment', 'dev'), tag('group', 'batch', 'other')], MaxErrors: '100%' });
    expect(ran).toEqual(['i-00000002', 'i-00000003']);
  });

  it('may reach none', async () => {
    const { send, ran } = open();
    await expect(send({ Targets: [tag('group', 'none')] })).resolves.toHaveProperty('Command.CommandId');
    expect(ran).toEqual([]);
  });

  it.each([
    [{ Targets: [{ Key: 'resource-groups:Name', Values: ['x'] }] }, 'is not known here'],
    [{ Targets: [tag('group', 'batch')], InstanceIds: ['i-00000001'] }, 'is not known here'],
    [{}, '1 to 50 InstanceIds'],
  ])('refuses %j', async (input, why) => {
    await expect(open().send(input)).rejects.toThrow(why);
  });
});

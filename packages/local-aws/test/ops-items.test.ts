import { LocalAws } from '../src/api/local-aws';
import { opsItemOperations } from '../src/services/ssm-ops-items';
import { VirtualClock } from '../src/time/virtual-clock';

const PLACE = { account: '111122223333', region: 'eu-central-1', partition: 'aws' };
const account = (): LocalAws => {
  const clock = new VirtualClock();
  return new LocalAws({
    clock,
    services: { ssm: opsItemOperations(clock, PLACE, [], () => undefined) },
  });
};

describe('an OpsItem', () => {
  const dedup = { '/aws/dedup': { Value: '{"dedupString":"i-1"}', Type: 'SearchableString' } };
  const item = { Title: 't', Source: 's', Description: 'd', OperationalData: dedup };
  const memory = (Value: string) => ({ 'shop-incident': { Value, Type: 'String' } });

  test('takes new facts and keeps the data that is not named', async () => {
    const aws = account();
    const { OpsItemId } = await aws.call('ssm', 'CreateOpsItem', item);
    await aws.call('ssm', 'UpdateOpsItem', { OpsItemId, Title: 'u', OperationalData: memory('1') });
    expect(await aws.call('ssm', 'GetOpsItem', { OpsItemId })).toMatchObject({
      OpsItem: {
        Title: 'u',
        Description: 'd',
        Status: 'Open',
        OperationalData: { ...dedup, ...memory('1') },
      },
    });
  });

  test('that is resolved makes room for a new one', async () => {
    const aws = account();
    const { OpsItemId } = await aws.call('ssm', 'CreateOpsItem', item);
    await aws.call('ssm', 'UpdateOpsItem', { OpsItemId, Status: 'Resolved' });
    await expect(aws.call('ssm', 'CreateOpsItem', item)).resolves.toHaveProperty('OpsItemId');
  });

  test.each([
    ['OpsItemNotFoundException', { OpsItemId: 'oi-0' }],
    ['OpsItemInvalidParameterException', { Title: '' }],
    ['OpsItemInvalidParameterException', { Description: 'x'.repeat(2_049) }],
    ['OpsItemInvalidParameterException', { Status: 'Done' }],
    ['OpsItemInvalidParameterException', { OperationalData: { 'aws-x': { Value: '', Type: 'String' } } }],
    ['OpsItemLimitExceededException', { OperationalData: memory('x'.repeat(20_480)) }],
  ])('%s: %j', async (name, change) => {
    const aws = account();
    const { OpsItemId } = await aws.call('ssm', 'CreateOpsItem', item);
    await expect(aws.call('ssm', 'UpdateOpsItem', { OpsItemId, ...change })).rejects.toMatchObject({ name });
  });
});

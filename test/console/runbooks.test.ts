import {
  findRunbook,
  readSettings,
  runbookList,
  runbooks,
  startParameters,
  type Runbook,
} from '../../lib/console/runbooks';

const INSTANCE = 'i-0123456789abcdef0';

test('lists only Automation documents, each with its parameters', () => {
  const bases = runbooks().map(({ base }) => base);
  expect(bases).toEqual(expect.arrayContaining(['HealNode', 'GameDay']));
  expect(bases).not.toContain('AssessNode');
  const heal = findRunbook('HealNode', 'prod');
  expect(heal.title).toBe("heal a node's disk");
  expect(heal.disruptive).toBe(true);
  expect(heal.parameters.find(({ name }) => name === 'InstanceId')).toMatchObject({
    default: undefined,
    allowedPattern: '^i-[0-9a-f]{8}([0-9a-f]{9})?$',
  });
  expect(runbookList(runbooks(), 'prod')).toContain('HealNode  heal a node');
});

test('does not require a parameter whose default the deployment sets', () => {
  const gameDay = findRunbook('headroom-prod-GameDay', 'prod');
  expect(gameDay.parameters.find(({ name }) => name === 'FillToPercent')?.default).toBe('');
  expect(startParameters(gameDay, INSTANCE, {})).toEqual({ InstanceId: [INSTANCE] });
});

test('names the runbooks that exist when one is unknown', () => {
  expect(() => findRunbook('healnode', 'prod')).toThrow('Did you mean HealNode?');
});

test.each([
  [['A'], '--set must be Key=Value, got "A"'],
  [['A=1', 'A=2'], '--set A is given twice'],
  [['=1'], '--set must be Key=Value'],
])('refuses %j', (settings, message) => expect(() => readSettings(settings)).toThrow(message));

test('takes an empty value and one with an equals sign', () =>
  expect(readSettings(['A=', 'B=x=y'])).toEqual({ A: '', B: 'x=y' }));

const runbook: Runbook = {
  ...{ base: 'HealNode', title: 't', disruptive: true },
  parameters: [
    { name: 'InstanceId', description: 'The node.', default: undefined, allowedPattern: '^i-[0-9a-f]{8}$' },
    { name: 'Confirm', description: 'RESTORE.', default: undefined, allowedPattern: '^RESTORE$' },
    { name: 'Key', description: 'Which.', default: 'latest', allowedPattern: undefined },
  ],
};

test('reports every mistake at once, before the call', () => {
  expect(() => startParameters(runbook, 'i-xyz', { Kei: 'x' })).toThrow(
    [
      'HealNode cannot be started:',
      '  Kei: HealNode has no such parameter; it has InstanceId, Confirm, Key',
      '  InstanceId: must match ^i-[0-9a-f]{8}$, found "i-xyz". The node.',
      '  Confirm: is required; give --set Confirm=…. RESTORE.',
    ].join('\n'),
  );
});

test('refuses an --instance that differs from --set InstanceId=', () => {
  const settings = { InstanceId: 'i-00000001', Confirm: 'RESTORE' };
  expect(() => startParameters(runbook, 'i-00000002', settings)).toThrow('differ');
  expect(startParameters(runbook, 'i-00000001', settings)).toEqual({
    InstanceId: ['i-00000001'],
    Confirm: ['RESTORE'],
  });
});

test('refuses --instance for a runbook without InstanceId', () => {
  expect(() => startParameters({ ...runbook, parameters: [] }, 'i-00000001', {})).toThrow(
    'leave --instance out',
  );
});

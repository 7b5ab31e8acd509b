import { known, unknown, type AgentConfiguration } from '../../../lib/audit/facts';
import { agentWithoutDiskMetrics as rule } from '../../../lib/audit/rules/agent-without-disk-metrics';
import { agent, configuration, nodeGroup, onlyFinding, place, verdicts } from '../support/facts';

const logsOnly: AgentConfiguration = {
  namespace: 'CWAgent',
  appendDimensions: [],
  aggregationDimensions: [],
};

test.each<[string, AgentConfiguration, string[]]>([
  ['used_percent of /', configuration(), ['pass']],
  ['with its full name', configuration({}, { measurements: ['disk_used_percent'] }), ['pass']],
  ['every mount point', configuration({}, { resources: ['*'] }), ['pass']],
  ['no list of mount points', configuration({}, { resources: [] }), ['pass']],
  ['no disk section', logsOnly, ['finding error']],
  ['inodes alone', configuration({}, { measurements: ['inodes_free'] }), ['finding error']],
  ['another mount point', configuration({}, { resources: ['/data'] }), ['finding error']],
])('%s', (_, content, expected) => {
  expect(verdicts(rule, { agents: [agent({ configuration: known(content) })] })).toEqual(expected);
});

test('the finding says what is measured in its place', () => {
  const agents = [agent({ configuration: known(configuration({}, { resources: ['/data'] })) })];
  expect(onlyFinding(rule, { agents }).message).toBe(
    'The agent configuration /prod/agent measures /data and not /.',
  );
});

const logs = (more = {}) => agent({ place: place('Logs'), configuration: known(logsOnly), ...more });

test.each([
  ['another configuration of the same nodes measures', [logs(), agent()], ['pass', 'pass']],
  [
    'another one of other nodes',
    [logs(), agent({ nodeGroups: known(['prod/other']) })],
    ['finding error', 'pass'],
  ],
  [
    'another one of nobody knows whom',
    [logs(), agent({ nodeGroups: unknown('x') })],
    ['cannot-tell', 'pass'],
  ],
  [
    'another one that cannot be read',
    [logs(), agent({ configuration: unknown('x') })],
    ['cannot-tell', 'cannot-tell'],
  ],
])('%s', (_, agents, expected) => {
  expect(verdicts(rule, { agents })).toEqual(expected);
});

test('Windows has counters of its own', () => {
  const nodeGroups = [nodeGroup({ family: known('windows') })];
  expect(verdicts(rule, { agents: [logs()], nodeGroups })).toEqual(['cannot-tell']);
});

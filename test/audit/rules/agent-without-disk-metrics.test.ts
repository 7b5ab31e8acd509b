import { known, unknown, type AgentConfiguration } from '../../../lib/audit/facts';
import { agentWithoutDiskMetrics as rule } from '../../../lib/audit/rules/agent-without-disk-metrics';
import { agent, configuration, nodeGroup, onlyFinding, place, verdict } from '../support/facts';

const logsOnly: AgentConfiguration = {
  namespace: 'CWAgent',
  appendDimensions: [],
  aggregationDimensions: [],
};

test.each<[string, AgentConfiguration, string]>([
  ['with its full name', configuration({}, { measurements: ['disk_used_percent'] }), 'pass'],
  ['every mount point', configuration({}, { resources: ['*'] }), 'pass'],
  ['no list of mount points', configuration({}, { resources: [] }), 'pass'],
  ['inodes alone', configuration({}, { measurements: ['inodes_free'] }), 'finding error'],
  ['another mount point', configuration({}, { resources: ['/data'] }), 'finding error'],
])('judges %s', (_, content, expected) => {
  expect(verdict(rule, { agents: [agent({ configuration: known(content) })] })).toBe(expected);
});

test('the finding says what is measured in its place', () => {
  const agents = [agent({ configuration: known(configuration({}, { resources: ['/data'] })) })];
  expect(onlyFinding(rule, { agents }).message).toBe(
    'The agent configuration /prod/agent measures /data and not /.',
  );
});

const logs = (more = {}) => agent({ place: place('Logs'), configuration: known(logsOnly), ...more });

test.each([
  ['another configuration of the same nodes measures', [logs(), agent()], 'pass, pass'],
  [
    'another one of other nodes',
    [logs(), agent({ nodeGroups: known(['prod/other']) })],
    'finding error, pass',
  ],
  ['another one of unknown nodes', [logs(), agent({ nodeGroups: unknown('x') })], 'cannot-tell, pass'],
  [
    'another one that cannot be read',
    [logs(), agent({ configuration: unknown('x') })],
    'cannot-tell, cannot-tell',
  ],
])('judges %s', (_, agents, expected) => {
  expect(verdict(rule, { agents })).toBe(expected);
});

test('cannot tell of Windows, which has other counters', () => {
  const nodeGroups = [nodeGroup({ family: known('windows') })];
  expect(verdict(rule, { agents: [logs()], nodeGroups })).toBe('cannot-tell');
});

import { formatSeconds } from '../domain/units';
import { describeUnwitnessed } from '../../packages/local-aws/src';
import { brokenInvariants, percentile, replayCommand, type SimulationResult } from './result';

const times = (seconds: number): string => `${seconds} s (${formatSeconds(seconds)})`;

/** e.g. `50 % in 2 min, 99 % in 5 min, all in 6 min`. */
const settled = ({ settledAfterSeconds: all }: SimulationResult): string => {
  const last = all.at(-1);
  if (last === undefined) return 'none';
  const within = (share: number): string => formatSeconds(percentile(all, share) ?? last);
  return `50 % in ${within(0.5)}, 99 % in ${within(0.99)}, all in ${formatSeconds(last)}`;
};

/** The result for people: a table, what does not hold, and how to see it again. @param again the command line that does */
export function simulationTable(result: SimulationResult, again = replayCommand(result)): string {
  const ratio = result.lowerBoundSeconds === 0 ? 0 : result.drainSeconds / result.lowerBoundSeconds;
  const rows: readonly (readonly [string, string | number])[] = [
    ['nodes', result.nodes],
    ['alarms', result.alarms],
    ['healed', result.healed],
    ['relieved', result.relieved],
    ['waiting', result.waiting],
    ['escalated', result.escalated],
    ['gone', result.gone],
    ['lost', result.lost],
    ['duplicateExecutions', result.duplicateExecutions],
    ['quorumViolations', result.quorumViolations],
    ['capViolations', result.capViolations],
    ['boundViolations', result.boundViolations],
    ['repeatedEscalations', result.repeatedEscalations],
    ['drainSeconds', `${times(result.drainSeconds)}, ${ratio.toFixed(2)} × the lower bound`],
    ['settledAfter', settled(result)],
    ['executionSeconds', times(result.executionSeconds)],
    ['lowerBoundSeconds', times(result.lowerBoundSeconds)],
    ['executions', result.executions],
    [
      'sweepFindings',
      Object.entries(result.sweepFindings)
        .map(([kind, count]) => `${count} ${kind}`)
        .join(', '),
    ],
    ['sweepsFailed', result.sweepsFailed],
    ['unwitnessed', describeUnwitnessed(result.unwitnessed)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
  const broken = brokenInvariants(result);
  const verdict =
    broken.length === 0 ? ['', 'All invariants hold.'] : ['', ...broken.map((one) => `BROKEN: ${one}`)];
  return [...lines, ...verdict, `Again: ${again}`].join('\n');
}

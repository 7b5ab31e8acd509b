import Table from 'cli-table3';
import type { HeadroomDays } from '../../domain/sizing/headroom-days';
import { known, type Known } from '../../domain/known';
import { describePause } from '../../domain/pause/pause';
import { formatPercent, formatSeconds } from '../../domain/units';
import { deployCommand } from '../deploy-command';
import type { StatusFacts } from './status-facts';
import type { NodeStatus } from './node-status';

const UNKNOWN = 'unknown';
const shown = <T>(fact: Known<T>, show: (value: T) => string): string =>
  fact.known ? show(fact.value) : UNKNOWN;

const gib = (value: number): string => `${Number(value.toFixed(value < 10 ? 1 : 0))}`;

/** e.g. `0.5`, `12`, `never`: a plan needs days, and none beyond a year. */
const days = (value: number): string =>
  value > 365
    ? Number.isFinite(value)
      ? '>365'
      : 'never'
    : value < 10
      ? value.toFixed(1)
      : value.toFixed(0);

const daysToLevels = ({ warning, critical, emergency }: HeadroomDays): string =>
  [warning, critical, emergency].map(days).join(' / ');

const HEADINGS = [
  'group',
  'instance',
  'agent',
  '/ used',
  'free, about GiB',
  'volume / declared / cap GiB',
  'last heal',
  'grows left today',
  'days to warning / critical / emergency',
  'alarms',
];

const cells = (node: NodeStatus, nowMs: number): string[] => [
  node.nodeGroup,
  node.state === 'running' ? node.instanceId : `${node.instanceId} (${node.state})`,
  shown(node.agent, (agent) => agent),
  shown(node.usedPercent, (used) =>
    node.level === 'below' || node.level === UNKNOWN
      ? formatPercent(used)
      : `${formatPercent(used)} ${node.level}`,
  ),
  shown(node.freeGiB, gib),
  [node.volumeGiB, node.declaredGiB, node.capGiB].map((size) => shown(size, gib)).join(' / '),
  shown(node.lastHeal, (heal) =>
    heal === null
      ? 'none'
      : `${heal.verdict}, ${formatSeconds(Math.max(0, nowMs - heal.startedAtMs) / 1_000)} ago`,
  ),
  shown(node.budget, ({ left, busy }) => `${left} of 4${busy === null ? '' : `, ${busy}`}`),
  shown(node.days, daysToLevels),
  shown(node.alarms, (alarms) => alarms.length.toString()),
];

/** What is known of the environment as a whole. */
type EnvironmentFacts = Pick<StatusFacts, 'alarms' | 'pauses' | 'growth'>;

/** e.g. `growth this month: 120 of 1,000 GiB (20 kept for the control plane), next month begins 2026-12-01T00:00:00.000Z`. */
const growthLine = (growth: StatusFacts['growth']): string => {
  if (!growth.known) return `what healing bought this month is unknown: ${growth.why}`;
  const { usedGiB, limitGiB, reservedGiB, nextMonthAtMs } = growth.value;
  const [used, limit, kept] = [usedGiB, limitGiB, reservedGiB].map((value) => value.toLocaleString('en-US'));
  return (
    `growth this month: ${used} of ${limit} GiB${reservedGiB === 0 ? '' : ` (${kept} kept for the control plane)`}, ` +
    `next month begins ${new Date(nextMonthAtMs).toISOString()}`
  );
};

/** What is paused, the table, what the month's growth is, and below it the alarms by name and why something is unknown. */
export const statusText = (
  environmentName: string,
  nodes: readonly NodeStatus[],
  { alarms, pauses, growth }: EnvironmentFacts,
  nowMs: number,
): string => {
  if (nodes.length === 0)
    return `${environmentName} has no instance. Deploy it with \`${deployCommand(environmentName)}\`.\n`;
  const table = new Table({ head: HEADINGS, style: { head: [], border: [], compact: true }, wordWrap: true });
  for (const node of nodes) table.push(cells(node, nowMs));
  const ringing = alarms.known
    ? alarms.value.map(({ name }) => `in ALARM: ${name}`)
    : [`alarms are unknown: ${alarms.why}`];
  const paused = pauses.known
    ? pauses.value.map((pause) => `PAUSED: ${describePause(pause)}`)
    : [`whether healing is paused is unknown: ${pauses.why}`];
  return `${[...paused, table.toString(), growthLine(growth), ...ringing, ...whyUnknown(nodes)].join('\n')}\n`;
};

/** Each reason once, with how many nodes have it. */
const whyUnknown = (nodes: readonly NodeStatus[]): string[] => {
  const reasons = new Map<string, Set<string>>();
  for (const node of nodes)
    for (const [name, fact] of Object.entries(node))
      if (isUnknown(fact)) {
        const key = `${LABELS[name] ?? name} unknown: ${fact.why}`;
        reasons.set(key, (reasons.get(key) ?? new Set()).add(node.instanceId));
      }
  return [...reasons].map(([reason, ids]) =>
    ids.size === nodes.length ? reason : `${reason} (${[...ids].join(', ')})`,
  );
};

const LABELS: Readonly<Record<string, string>> = {
  usedPercent: '/ used',
  freeGiB: 'free',
  volumeGiB: 'volume',
  declaredGiB: 'declared size',
  capGiB: 'cap',
  lastHeal: 'last heal',
  budget: 'grows left',
  days: 'forecast',
};

const isUnknown = (fact: unknown): fact is { readonly known: false; readonly why: string } =>
  typeof fact === 'object' && fact !== null && 'known' in fact && fact.known === false;

/** JSON has no infinity. */
const inJson = ({ days, ...node }: NodeStatus): object => ({
  ...node,
  days: days.known ? known(neverForInfinity(days.value)) : days,
});

const neverForInfinity = (days: HeadroomDays): object =>
  Object.fromEntries(
    Object.entries(days).map(([level, value]) => [level, value === Infinity ? 'never' : (value as number)]),
  );

/** For scripts: unknown is `{"known":false,"why":…}`, a day that never comes is `"never"`. */
export const statusResult = (
  environment: string,
  nodes: readonly NodeStatus[],
  { alarms, pauses, growth }: EnvironmentFacts,
): object => ({ environment, pauses, growth, nodes: nodes.map(inJson), alarms });

import type { Incident } from '../outcome/escalation';
import type { HealReport } from '../outcome/heal-report';
import { describeNextDatapoint } from '../sweep/next-datapoint';
import { formatBytes, formatPercent, formatSeconds } from '../units';

/** Subject of an SNS message: ASCII, less than 100 characters. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const SUBJECT_LENGTH = 99;
/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateOpsItem.html */
const OPS_ITEM_TITLE_LENGTH = 1_024;
const OPS_ITEM_DESCRIPTION_LENGTH = 2_048;
/** So that the command and the places fit behind it. */
const OPS_ITEM_REASON_LENGTH = 800;
/** SNS takes 256 KiB; no one reads more than this at night. */
const MESSAGE_LENGTH = 12_000;

const WORDS: { readonly [V in HealReport['verdict']]: string } = {
  healed: 'HEALED',
  relieved: 'RELIEVED',
  escalated: 'ACTION REQUIRED',
  waiting: 'WAITING',
  gone: 'GONE',
  paused: 'PAUSED',
  observed: 'OBSERVED',
  denied: 'NOT APPROVED',
};

export const messageSubject = (report: HealReport): string => {
  const use = report.after ?? report.before;
  const at = use === null ? 'usage unknown' : `/ at ${formatPercent(use.usedPercent)}`;
  const subject = `[${report.environment}] ${WORDS[report.verdict]}: ${nodeOf(report)} disk, ${at}`;
  // SNS refuses line breaks, control characters and everything beyond ASCII.
  return subject.replace(/[^\x20-\x7e]/g, '?').slice(0, SUBJECT_LENGTH);
};

/**
 * For an operator at 3 a.m.: the verdict, what is wrong, what was tried, the evidence, the next command. The locations and
 * the command at the end are never cut.
 */
export const messageText = (report: HealReport, reportUrl: string): string => {
  const tail = [
    '',
    `Full report: ${reportUrl}`,
    `Evidence:    ${evidencePlace(report)}`,
    `Execution:   ${report.executionId}`,
    ...listed('Left to do:', report.left),
    ...(report.nextCommand === null ? [] : ['', 'Next command:', `  ${report.nextCommand}`]),
  ].join('\n');
  const story = [
    `${WORDS[report.verdict]}: ${report.reason}`,
    '',
    `Node:     ${nodeOf(report)}${report.nodeGroup ? ` (${report.nodeGroup})` : ''}, environment ${report.environment}`,
    `Trigger:  ${report.trigger}${report.triggeredAt === null ? '' : ` at ${report.triggeredAt}`}`,
    `Disk /:   ${useOf(report.before)} before, ${useOf(report.after)} after`,
    ...snapshotLine(report),
    ...(report.nextDatapoint === null ? [] : [`Metric:   ${describeNextDatapoint(report.nextDatapoint)}`]),
    `Took:     ${formatSeconds(report.seconds)}`,
    '',
    'What was tried:',
    ...(report.steps.length === 0 ? ['  nothing: no step ran'] : report.steps.map(stepLine)),
    ...listed('What failed:', report.evidence.failures),
    ...listed('Evidence from the node:', evidenceLines(report)),
  ].join('\n');
  return `${cut(story, MESSAGE_LENGTH - tail.length - 1)}\n${tail}`;
};

/** @default - was not healed */
const IN_TITLE: Partial<Record<HealReport['verdict'], string>> = {
  observed: 'needs space; mode observe, nothing was changed',
  denied: 'was not healed: no one approved it',
};

export const opsItemTitle = (report: HealReport): string =>
  cut(
    `Headroom ${report.environment}: disk of ${nodeOf(report)} ${IN_TITLE[report.verdict] ?? 'was not healed'}`,
    OPS_ITEM_TITLE_LENGTH,
  );

/** The command and the report's place come first: the tail is what is cut. */
export const opsItemDescription = (report: HealReport, reportUrl: string, incident?: Incident): string =>
  cut(
    [
      cut(report.reason, OPS_ITEM_REASON_LENGTH),
      ...(report.nextCommand === null ? [] : ['', `Next: \`${report.nextCommand}\``]),
      ...listed('Left to do:', report.left),
      '',
      ...(incident === undefined || incident.times === 1
        ? []
        : [`Escalated ${incident.times} times since ${incident.firstAt}; the latest one:`]),
      `Report: ${reportUrl}`,
      `Evidence: ${evidencePlace(report)}`,
      `Execution: ${report.executionId}, trigger ${report.trigger}`,
      `Disk /: ${useOf(report.before)} before, ${useOf(report.after)} after`,
      ...snapshotLine(report),
      '',
      ...report.steps.map(stepLine),
      ...listed('What failed:', report.evidence.failures),
      ...listed('Evidence from the node:', evidenceLines(report)),
    ].join('\n'),
    OPS_ITEM_DESCRIPTION_LENGTH,
  );

/** One open OpsItem a node: while it is open, OpsCenter takes no second one with this string. */
export const opsItemDedupString = (report: HealReport): string =>
  `headroom/${report.environment}/${report.instanceId || report.executionId}/disk`;

const snapshotLine = ({ snapshot }: HealReport): readonly string[] =>
  snapshot === null ? [] : [`Snapshot: ${snapshot.text}`];

const nodeOf = ({ instanceId }: HealReport): string => instanceId || 'an unknown node';

const evidencePlace = ({ evidence }: HealReport): string =>
  evidence.keptAt ?? 'none was saved before cleaning; the report has the output of the steps';

/** e.g. `97.2 % of 20 GiB (560 MiB available)`. */
export const useOf = (figures: HealReport['before']): string =>
  figures === null
    ? 'unknown'
    : `${formatPercent(figures.usedPercent)} of ${formatBytes(figures.sizeBytes)} (${formatBytes(figures.availableBytes)} available)`;

const stepLine = (step: HealReport['steps'][number]): string => {
  const took = step.seconds === null ? '' : `, ${formatSeconds(step.seconds)}`;
  return `  ${step.name} (${step.status}${took})${step.detail === '' ? '' : `: ${step.detail}`}`;
};

const evidenceLines = ({ evidence: { assess } }: HealReport): readonly string[] => {
  if (assess === null) return [];
  return [
    ...assess.biggest.map(([path, bytes]) => `${formatBytes(bytes)} in ${path}`),
    ...(assess.mostFiles ?? []).map(([path, count]) => `${count} files in ${path}`),
    ...assess.deletedOpen.map(
      ([pid, name, bytes]) => `${formatBytes(bytes)} in deleted files held open by ${name} (pid ${pid})`,
    ),
    ...assess.errors,
    ...assess.skipped.map((what) => `not checked: ${what}`),
  ];
};

const listed = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];

const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 2)} …`;

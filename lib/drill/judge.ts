import { fullerPercent } from './report/disk-use';
import type { DrillVerdict } from './report/drill-report';
import type { Expectation } from './scenario';

/** What the drill saw with its own eyes, after everything had come to rest. */
export interface Observed {
  readonly usedPercent: number;
  readonly inodesUsedPercent: number;
  readonly sizeBytes: number;
  readonly availableBytes: number;
  readonly kubeletHealthy: boolean;
  /** null on a worker. */
  readonly apiServerReady: boolean | null;
  readonly opsItems: number;
  readonly messages: number;
  readonly executions: number;
  /** What an OpsItem says, title included; one text each. */
  readonly opsItemTexts: readonly string[];
  /** Subject and text of each message. */
  readonly messageTexts: readonly string[];
  readonly steps: Readonly<Record<string, string>>;
  readonly apiCalls: Readonly<Record<string, number>>;
  /** The `expect.node` commands that did not exit 0, with what they printed. */
  readonly failedChecks: readonly string[];
  readonly claimed: string | null;
  /** EC2 has it as running. */
  readonly instanceRuns: boolean;
  /** EBS would take no modification now, and will later. */
  readonly growthIsRefused: boolean;
  /** What the owner or a person wants, as the drill knows without asking Headroom; undefined: nothing but a healed node. */
  readonly held?: Held | undefined;
}

/** `paused`: a pause is in force. `denied`: the last question was answered with no. `observed`: only observed, and not touched. */
export type Held = 'paused' | 'denied' | 'observed';

const GIB = 1024 ** 3;

/**
 * Judges by the second measurement alone: what the healing says of itself does not count.
 * The node is not healthy, as its owner wants for now, and a message was sent: paused, denied or observed. Operators were notified
 * (OpsItem and message) and the node is not healthy: escalated. No one was notified: the instance has ended
 * (gone), or the node lives to see that EBS enlarges its volume (waiting), or else silent.
 */
export function judge(
  observed: Observed,
  levels: {
    readonly targetPercent: number;
    readonly warningPercent: number;
    readonly emergencyPercent: number;
  },
): DrillVerdict {
  if (!observed.instanceRuns) return observed.opsItems > 0 ? 'escalated' : 'gone';
  const well = observed.kubeletHealthy && observed.apiServerReady !== false;
  const highestPercent = fullerPercent(observed);
  if (well && highestPercent <= levels.targetPercent) return 'healed';
  if (observed.held !== undefined && observed.messages > 0) return observed.held;
  if (observed.opsItems > 0 && observed.messages > 0) return 'escalated';
  if (well && highestPercent < levels.warningPercent) return 'relieved';
  if (well && highestPercent < levels.emergencyPercent && observed.growthIsRefused) return 'waiting';
  return 'silent';
}

/** Every way in which the outcome differs from what the scenario expects; none: as expected. */
export function differences(expected: Expectation, observed: Observed, verdict: DrillVerdict): string[] {
  const found: string[] = [];
  const say = (what: string, wanted: unknown, got: unknown) =>
    found.push(`${what}: expected ${String(wanted)}, got ${String(got)}`);

  if (verdict !== expected.verdict) say('verdict', expected.verdict, verdict);
  // Where nothing was begun nothing reports.
  const claims = verdict !== 'paused' || observed.executions > 0;
  if (claims && observed.claimed !== verdict) {
    say(
      'what the healing says of itself',
      `${verdict}, as measured in the VM`,
      observed.claimed ?? 'nothing',
    );
  }
  if (expected.maxUsedPercent !== undefined && observed.usedPercent > expected.maxUsedPercent) {
    say('used percent of /', `at most ${expected.maxUsedPercent}`, observed.usedPercent);
  }
  // Filesystems lose a few percent to their own tables, so a grown one is held to 95 % of its disk.
  if (expected.minSizeGiB !== undefined && observed.sizeBytes < expected.minSizeGiB * GIB * 0.95) {
    say('size of / in GiB', `at least 95 % of ${expected.minSizeGiB}`, (observed.sizeBytes / GIB).toFixed(2));
  }
  if (expected.maxSizeGiB !== undefined && observed.sizeBytes > expected.maxSizeGiB * GIB) {
    say('size of / in GiB', `at most ${expected.maxSizeGiB}`, (observed.sizeBytes / GIB).toFixed(2));
  }
  for (const [step, status] of Object.entries(expected.steps)) {
    const got = observed.steps[step] ?? 'NotRun';
    if (got !== status) say(`step ${step}`, status, got);
  }
  for (const [call, times] of Object.entries(expected.apiCalls)) {
    const got = observed.apiCalls[call] ?? 0;
    if (got !== times) say(`calls of ${call}`, times, got);
  }
  const counts = {
    executions: 'executions of HealNode',
    opsItems: 'OpsItems',
    messages: 'messages',
  } as const;
  for (const [key, words] of Object.entries(counts) as [keyof typeof counts, string][]) {
    const wanted = expected[key];
    if (wanted !== undefined && observed[key] !== wanted) say(words, wanted, observed[key]);
  }
  const { escalationSays, messageSays } = expected;
  const told = [
    ...escalationSays.map((pattern) => ['an OpsItem', pattern, observed.opsItemTexts] as const),
    ...[...escalationSays, ...messageSays].map(
      (pattern) => ['a message', pattern, observed.messageTexts] as const,
    ),
  ];
  for (const [where, pattern, texts] of told) {
    if (texts.some((text) => new RegExp(pattern).test(text))) continue;
    const got = texts.length === 0 ? 'none' : texts.join(' | ');
    say(`text of ${where}`, `one that matches /${pattern}/`, got);
  }
  for (const check of observed.failedChecks) found.push(`check in the node failed: ${check}`);
  return found;
}

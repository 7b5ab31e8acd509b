/** What healing does to a node, each with its own mode. `grow` includes the extension of root. */
export const HEALING_ACTIONS = ['reclaim', 'grow', 'reboot', 'drain'] as const;
export type HealingAction = (typeof HEALING_ACTIONS)[number];

/**
 * From the weakest to the strictest. `act`: do it. `ask`: do it after approval. `observe`: say what would be
 * done, and do nothing.
 */
export const HEALING_MODES = ['act', 'ask', 'observe'] as const;
/** The longest that a question may wait; on a control plane, no other member is healed meanwhile. Minutes. */
export const MAX_ASK_MINUTES = 60;

export type HealingMode = (typeof HEALING_MODES)[number];

/** Of one node group. */
export interface HealingModes extends Readonly<Record<HealingAction, HealingMode>> {
  /** `act`: at or above the emergency level it acts without asking. It does not override `observe`. @default - ask there, too */
  readonly atEmergency?: 'act' | undefined;
}

export const ALL_ACT: HealingModes = { reclaim: 'act', grow: 'act', reboot: 'act', drain: 'act' };

/**
 * The mode of what needs all these actions: the strictest of theirs. Of no action: `act`.
 * @param emergency the disk is at or above the emergency level
 */
export const modeOf = (
  modes: HealingModes,
  actions: readonly HealingAction[],
  emergency: boolean,
): HealingMode => {
  const strictest = Math.max(0, ...actions.map((action) => HEALING_MODES.indexOf(modes[action])));
  const mode = HEALING_MODES[strictest] ?? 'observe';
  return mode === 'ask' && emergency && modes.atEmergency === 'act' ? 'act' : mode;
};

/** Healing may do something to a node of the group by itself, or after a question. */
export const mayDoAnything = (modes: HealingModes): boolean =>
  HEALING_ACTIONS.some((action) => modes[action] !== 'observe');

const LETTERS: Readonly<Record<HealingMode, string>> = { act: 'a', ask: 'k', observe: 'o' };

/**
 * e.g. `aako!`: one letter for each action (a: act, k: ask, o: observe), `!` for `atEmergency: act`. The policies of up to 21
 * node groups share the 4 KB of a Lambda function's environment variables.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const modesCode = (modes: HealingModes): string =>
  HEALING_ACTIONS.map((action) => LETTERS[modes[action]]).join('') + (modes.atEmergency === 'act' ? '!' : '');

export const MODES_CODE = /^[ako]{4}!?$/;

/** What {@link modesCode} wrote; undefined for anything else. */
export const readModesCode = (code: string): HealingModes | undefined => {
  if (!MODES_CODE.test(code)) return undefined;
  const modes = Object.fromEntries(
    HEALING_ACTIONS.map((action, index) => [
      action,
      HEALING_MODES.find((mode) => LETTERS[mode] === code[index]) ?? 'observe',
    ]),
  ) as Record<HealingAction, HealingMode>;
  return { ...modes, ...(code.endsWith('!') && { atEmergency: 'act' }) };
};

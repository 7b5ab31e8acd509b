import {
  ALL_ACT,
  HEALING_ACTIONS,
  HEALING_MODES,
  modeOf,
  modesCode,
  readModesCode,
  type HealingModes,
} from '../../../lib/domain/plan/healing-mode';
import { planMode } from '../../../lib/domain/plan/plan-mode';

const NORMAL = { reboots: false, drains: false };
const BLIND = { reboots: true, drains: true };
const modes = (more: Partial<HealingModes>): HealingModes => ({ ...ALL_ACT, ...more });

test('of several actions the strictest mode counts', () => {
  expect(modeOf(modes({ drain: 'ask' }), ['grow', 'reboot', 'drain'], false)).toBe('ask');
  expect(modeOf(modes({ drain: 'ask', grow: 'observe' }), ['grow', 'drain'], false)).toBe('observe');
  expect(modeOf(modes({ reclaim: 'observe' }), ['grow'], false)).toBe('act');
});

test('at the emergency level act overrides ask, where the file says so, and never observe', () => {
  const asks = modes({ grow: 'ask', atEmergency: 'act' });
  expect(modeOf(asks, ['grow'], false)).toBe('ask');
  expect(modeOf(asks, ['grow'], true)).toBe('act');
  expect(modeOf(modes({ grow: 'ask' }), ['grow'], true)).toBe('ask');
  expect(modeOf({ ...asks, grow: 'observe' }, ['grow'], true)).toBe('observe');
});

test('every combination survives its code', () => {
  for (const reclaim of HEALING_MODES)
    for (const grow of HEALING_MODES)
      for (const reboot of HEALING_MODES)
        for (const drain of HEALING_MODES) {
          const all = { reclaim, grow, reboot, drain };
          expect(readModesCode(modesCode(all))).toEqual(all);
          expect(readModesCode(modesCode({ ...all, atEmergency: 'act' }))).toEqual({
            ...all,
            atEmergency: 'act',
          });
        }
  expect(HEALING_ACTIONS).toHaveLength(4);
  for (const wrong of ['', 'aaa', 'aaaax', 'AAAA', 'aaaaa']) expect(readModesCode(wrong)).toBeUndefined();
});

test('a plan has the mode of what it does: out of band the reboot and the drain, too', () => {
  const plan = (
    action: Parameters<typeof planMode>[0]['action'],
    own: Partial<HealingModes>,
    lane = NORMAL,
  ) => planMode({ action, ...lane }, modes(own), false);
  expect(plan('grow', { grow: 'ask' })).toBe('ask');
  expect(plan('extend', { grow: 'ask' })).toBe('ask');
  expect(plan('grow', { reboot: 'observe' })).toBe('act');
  expect(plan('grow', { reboot: 'observe' }, BLIND)).toBe('observe');
  expect(plan('extend', { grow: 'observe', drain: 'ask' }, BLIND)).toBe('ask');
  expect(plan('extend', { drain: 'ask' }, { reboots: true, drains: false })).toBe('act');
});

test('what changes nothing needs no mode; a kubelet is left alone only where all is observed', () => {
  const all = { reclaim: 'observe', grow: 'observe', reboot: 'observe', drain: 'observe' } as const;
  for (const action of ['gone', 'paused', 'escalate'] as const)
    expect(planMode({ action, ...NORMAL }, all, false)).toBe('act');
  expect(planMode({ action: 'none', ...NORMAL }, all, false)).toBe('observe');
  expect(planMode({ action: 'none', ...NORMAL }, { ...all, grow: 'ask' }, false)).toBe('act');
  expect(planMode({ action: 'grow', ...NORMAL }, undefined, false)).toBe('act');
});

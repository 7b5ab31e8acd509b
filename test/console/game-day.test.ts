import { gameDaySettings, isProduction, type GameDayWish } from '../../lib/console/game-day';
import { environmentOf } from '../app/environments';

const wish = (changes: Partial<GameDayWish> = {}): GameDayWish => ({
  environmentName: 'staging',
  instanceId: undefined,
  nodeGroup: 'general',
  growth: false,
  fillToPercent: undefined,
  yesProduction: false,
  ...changes,
});
const settings = (changes: Partial<GameDayWish> = {}) =>
  gameDaySettings(wish(changes), environmentOf(changes.environmentName ?? 'staging'));

test.each<[string, Partial<GameDayWish>, object]>([
  ['a group', {}, { NodeGroup: 'general', Kind: 'reclaimable' }],
  ['the control plane', { nodeGroup: 'control-plane' }, { NodeGroup: 'control-plane', Kind: 'reclaimable' }],
  ['a node', { nodeGroup: undefined, instanceId: 'i-0123456789abcdef0' }, { Kind: 'reclaimable' }],
  ['growth', { growth: true }, { NodeGroup: 'general', Kind: 'growth' }],
  ['fuller', { fillToPercent: 92 }, { NodeGroup: 'general', Kind: 'reclaimable', FillToPercent: '92' }],
  [
    'prod, meant',
    { environmentName: 'prod', yesProduction: true },
    { NodeGroup: 'general', Kind: 'reclaimable' },
  ],
])('sets the parameters: %s', (_, changes, expected) => {
  expect(settings(changes)).toEqual(expected);
});

test.each<[string, Partial<GameDayWish>, RegExp]>([
  ['neither node nor group', { nodeGroup: undefined }, /add --instance ID or --node-group NAME/],
  ['both', { instanceId: 'i-0123456789abcdef0' }, /and not both/],
  ['a group that is not there', { nodeGroup: 'gpu' }, /no node group "gpu"; it has control-plane, general/],
  ['too full', { fillToPercent: 96 }, /from 50 to 95 percent, got 96/],
  ['no number', { fillToPercent: Number.NaN }, /got NaN/],
  ['below the alarm', { fillToPercent: 80 }, /not above the warning level \(80\)/],
  ['production', { environmentName: 'prod' }, /prod is production .* add --yes-production/],
])('refuses %s', (_, changes, message) => {
  expect(() => settings(changes)).toThrow(message);
});

test.each([
  ['prod', false, true],
  ['eu-prod', false, true],
  ['production', false, true],
  ['live-eu', false, true],
  ['staging', true, true],
  ['staging', false, false],
  ['product', false, false],
])('takes %s, protected %s, for production: %s', (name, terminationProtection, expected) => {
  const environment = environmentOf('staging');
  environment.cluster = { ...environment.cluster, terminationProtection };
  expect(isProduction(name, environment)).toBe(expected);
});

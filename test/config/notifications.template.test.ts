import { webhookSecretOfAccount } from '../../lib/config/checks/notifications';
import type { Reader } from '../../lib/config/checks/reader';
import { notifications } from '../../lib/config/notifications-schema';
import { CHAT, webhookOf } from '../security/support/every-environment';

const read = (chat: unknown) => notifications.safeParse({ chat });
const { slack, teams } = CHAT;

test.each([[CHAT], [{ slack }], [{ teams }], [undefined]])('%j is a chat', (chat) =>
  expect(read(chat).success).toBe(true),
);

test.each<[string, unknown]>([
  ['no channel at all', {}],
  ['a channel by its name', { slack: { ...slack, channelId: '#oncall' } }],
  ['a workspace by its name', { slack: { ...slack, workspaceId: 'acme' } }],
  ['a Teams channel that is decoded', { teams: { ...teams, channelId: '19:b6ef@thread.tacv2' } }],
  ['a tenant by its domain', { teams: { ...teams, tenantId: 'example.com' } }],
  ['another chat', { discord: {} }],
])('%s is refused', (_, chat) => expect(read(chat).success).toBe(false));

describe('a webhook', () => {
  const PLACE = { account: '111122223333', region: 'eu-central-1' };
  const { url, apiKey } = webhookOf(PLACE);
  const reads = (webhook: unknown): boolean => notifications.safeParse({ webhook }).success;

  test.each([
    { url },
    { url, apiKey },
    { url: 'https://example.com' },
    { url: 'https://a-b.example.com:8443/v2/~x/%2Fy/' },
  ])('%j', (webhook) => expect(reads(webhook)).toBe(true));

  test.each<[string, unknown]>([
    ['http', { url: 'http://hooks.example.com/headroom' }],
    ['a user and a password', { url: 'https://user:secret@hooks.example.com/' }],
    ['a user alone', { url: 'https://token@hooks.example.com/' }],
    ['a query, where keys are put', { url: 'https://hooks.example.com/?key=secret' }],
    ['a fragment', { url: 'https://hooks.example.com/#x' }],
    ['a host without a domain', { url: 'https://localhost/x' }],
    ['an address', { url: 'https://169.254.169.254/latest' }],
    ['a dynamic reference', { url: 'https://example.com/{{resolve:ssm:x}}' }],
    ['a line break', { url: 'https://example.com/\n' }],
    ['a host that begins with a hyphen', { url: 'https://-x.example.com/' }],
    ['2,049 characters', { url: `https://example.com/${'x'.repeat(2_029)}` }],
    ['an incoming webhook of Slack', { url: 'https://hooks.slack.com/services/T000/B000/XXXX' }],
    ['an incoming webhook of Teams', { url: 'https://example.webhook.office.com/webhookb2/x' }],
    ['a header that EventBridge sets', { url, apiKey: { ...apiKey, header: 'host' } }],
    ['no URL', { apiKey }],
    ['a key that is written out', { url, apiKey: { header: 'X-Api-Key', value: 'secret' } }],
    ['a header of two words', { url, apiKey: { ...apiKey, header: 'X Api' } }],
    ['a secret by its name', { url, apiKey: { ...apiKey, secretArn: 'headroom/webhook' } }],
    [
      'an ARN without its end',
      { url, apiKey: { ...apiKey, secretArn: apiKey.secretArn.replace(/-\w{6}$/, '') } },
    ],
    ['a reference in the ARN', { url, apiKey: { ...apiKey, secretArn: `${apiKey.secretArn}:SecretString` } }],
  ])('with %s is refused', (_, webhook) => expect(reads(webhook)).toBe(false));

  const mistakes = (place: object, secretArn: string) => {
    const raw = { ...PLACE, ...place, notifications: { webhook: { url, apiKey: { ...apiKey, secretArn } } } };
    const text: Reader['text'] = (path) =>
      path.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], raw) as string;
    return webhookSecretOfAccount({ text } as Reader);
  };

  test('its secret is of the same account and region', () => {
    expect(mistakes({}, apiKey.secretArn)).toEqual([]);
    for (const place of [{ account: '444455556666' }, { region: 'eu-west-1' }, { region: 'cn-north-1' }])
      expect(mistakes(place, apiKey.secretArn)).toMatchObject([
        { path: ['notifications', 'webhook', 'apiKey', 'secretArn'], found: apiKey.secretArn },
      ]);
  });
});

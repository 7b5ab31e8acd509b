import { notifications } from '../../lib/config/notifications-schema';
import { CHAT } from '../security/support/every-environment';

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

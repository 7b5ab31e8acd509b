import { z } from 'zod';
import { field } from './field';

const uuid = (about: string): z.ZodString =>
  field(
    z.string().regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i),
    about,
    'a UUID',
    'copy it from the Amazon Q Developer console, e.g. 01234567-89ab-cdef-0123-456789abcdef',
  );

/** Patterns of ids: https://docs.aws.amazon.com/chatbot/latest/APIReference/API_SlackChannelConfiguration.html and its neighbours. */
const slack = z
  .strictObject({
    workspaceId: field(
      z.string().regex(/^[0-9A-Z]{1,255}$/),
      'Slack workspace that was authorized in the Amazon Q Developer console.',
      "the workspace's id, in capitals and digits",
      'copy it from the console, e.g. T0123ABCD',
    ),
    channelId: field(
      z.string().regex(/^[A-Za-z0-9]{1,255}$/),
      'Slack channel.',
      "the channel's id, not its name",
      "copy it from the end of the channel's link, e.g. C0123ABCD",
    ),
  })
  .describe('A Slack channel. Default: none.');

const teams = z
  .strictObject({
    tenantId: uuid('Microsoft Entra tenant.'),
    teamId: uuid('Team that was authorized in the Amazon Q Developer console.'),
    channelId: field(
      z.string().regex(/^[\w=+/.,-]*%3[aA][\w=+/.,-]*%40[\w=+/.,-]*$/),
      'Teams channel.',
      "the channel's id as its link has it, with %3a and %40",
      "copy it from the channel's link, e.g. 19%3ab6ef35dc342d56ba5654e6fc6d25a071%40thread.tacv2",
    ),
  })
  .describe('A Microsoft Teams channel. Default: none.');

const chat = field(
  z
    .strictObject({ slack: slack.optional(), teams: teams.optional() })
    .refine((channels) => channels.slack !== undefined || channels.teams !== undefined),
  'Channels that get the results of healings and the requests for approval, through Amazon Q Developer in chat applications; see docs/chat.md. Default: none.',
  'at least one of slack and teams',
  'name a channel, or leave chat out',
);
export type ChatChannels = z.infer<typeof chat>;

export const notifications = z
  .strictObject({
    emails: z
      .array(
        field(
          z.email(),
          'E-mail address that is notified of what needs a person.',
          'an e-mail address',
          'write e.g. oncall@example.com',
        ),
      )
      .max(50)
      .default([])
      .describe('E-mail addresses that are notified of what needs a person. Default: none.'),
    chat: chat.optional(),
  })
  .describe('Who hears of what healing cannot do alone.');

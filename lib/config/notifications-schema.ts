import { z } from 'zod';
import { confidential, field } from './field';

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

/** At most 2,048 characters. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateApiDestination.html */
const URL_LENGTH = 2_048;
const HOST = String.raw`(?!-)[A-Za-z0-9-]{1,63}(?:\.(?!-)[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,63}`;
/** No user, no query, no fragment: what is secret belongs in the header. The service takes public names alone (API_CreateApiDestination, as above). */
const PATH = String.raw`(?:[\w.~+=:,;-]|%[0-9A-Fa-f]{2})*`;
const WEBHOOK_URL = new RegExp(String.raw`^https:\/\/${HOST}(?::\d{1,5})?(?:\/${PATH})*$`);
/**
 * Incoming webhooks of Slack and Teams: their path is the key. https://docs.slack.dev/tools/java-slack-sdk/guides/incoming-webhooks
 * https://containrrr.dev/shoutrrr/0.7/services/teams/ What replaced the latter has its key in the query.
 */
const URL_IS_THE_KEY = /^https:\/\/(?:hooks\.slack\.com|[^/]+\.webhook\.office\.com)(?:[:/]|$)/i;
/** What EventBridge sets itself. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html#eb-api-destination-headers */
const OWN_HEADER = /^(?:User-Agent|Content-Type|Range|Accept-Encoding|Connection|Content-Length|Host)$/i;

const apiKey = z
  .strictObject({
    header: field(
      z
        .string()
        .regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/)
        .refine((header) => !OWN_HEADER.test(header)),
      'Request header that the key goes in.',
      'the name of a header: letters, digits and hyphens, and none that EventBridge sets (such as Host or Content-Type)',
      'write e.g. Authorization or X-Api-Key',
    ),
    secretArn: field(
      z
        .string()
        .regex(/^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]{1,512}-[A-Za-z0-9]{6}$/),
      "Secret of Secrets Manager whose text is the header's whole value.",
      "the secret's ARN, with the six characters at its end",
      'copy it from `aws secretsmanager describe-secret`',
    ),
  })
  .describe(
    'How the receiver authenticates Headroom. Default: no key; the header X-Headroom-Environment names the environment.',
  );

const webhook = confidential(
  z
    .strictObject({
      url: field(
        z
          .string()
          .max(URL_LENGTH)
          .regex(WEBHOOK_URL)
          .refine((url) => !URL_IS_THE_KEY.test(url)),
        'Where notifications are posted as JSON.',
        'an https URL of a public host, without user, query and fragment, and not an incoming webhook of Slack or Teams, whose URL is its key',
        'write e.g. https://hooks.example.com/headroom; a key goes into a header, see apiKey; for Slack and Teams use notifications.chat',
      ),
      apiKey: apiKey.optional(),
    })
    .describe(
      'A webhook that gets the results of healings and the requests for approval, through an EventBridge API destination; see docs/chat.md. Default: none.',
    ),
);
export type WebhookSettings = z.infer<typeof webhook>;

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
    webhook: webhook.optional(),
  })
  .describe('Who hears of what healing cannot do alone.');

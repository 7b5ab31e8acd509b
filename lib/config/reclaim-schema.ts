import { z } from 'zod';
import {
  DEFAULT_RECLAIM_POLICY as DEFAULT,
  IMAGE_PATTERN,
  MAX_IMAGE_PATTERNS,
  MAX_IMAGE_PATTERN_LENGTH,
  MAX_KEEP_HOURS,
  SKIPPABLE_STEPS,
} from '../domain/plan/reclaim-policy';
import { field, oneOf, wholeNumber } from './field';

const hours = (about: string, value: number): z.ZodDefault<z.ZodInt> =>
  wholeNumber(0, MAX_KEEP_HOURS, 'hours', `${about} Default: ${value}.`, value || 24).default(value);

const keepHours = z
  .strictObject({
    logs: hours('Rotated logs that are younger stay.', DEFAULT.keepHours.logs),
    coredumps: hours('Core dumps and crash reports that are younger stay.', DEFAULT.keepHours.coredumps),
    agent: hours('What the Systems Manager agent ran since then stays.', DEFAULT.keepHours.agent),
    containers: hours('Containers that ended since then stay.', DEFAULT.keepHours.containers),
  })
  .default(DEFAULT.keepHours)
  .describe('What is younger stays, by step.');

const journal = z
  .strictObject({
    keepDays: wholeNumber(
      1,
      365,
      'days',
      `Days of the journal that stay. Default: ${DEFAULT.journal.keepDays}.`,
      7,
    ).default(DEFAULT.journal.keepDays),
    keepMiB: wholeNumber(
      8,
      65_536,
      'MiB',
      `And of them at most so much. Default: ${DEFAULT.journal.keepMiB}.`,
      500,
    ).default(DEFAULT.journal.keepMiB),
  })
  .default(DEFAULT.journal)
  .describe('How much of the journal stays.');

const images = z
  .strictObject({
    keep: z
      .array(
        field(
          z.string().max(MAX_IMAGE_PATTERN_LENGTH).regex(IMAGE_PATTERN),
          'Name of images that stay; * is any characters.',
          `an image name of at most ${MAX_IMAGE_PATTERN_LENGTH} characters: letters, digits, _ : @ - and * (any characters), parted by single dots and slashes, beginning with a letter, a digit or *`,
          "write e.g. 'registry.example.com/base/*'",
        ),
      )
      .max(MAX_IMAGE_PATTERNS)
      .default([])
      .describe(`Images that stay, besides those in use, at most ${MAX_IMAGE_PATTERNS}. Default: none.`),
    minimumAgeHours: hours('Images that were pulled since then stay.', DEFAULT.images.minimumAgeHours),
  })
  .default({ keep: [], minimumAgeHours: DEFAULT.images.minimumAgeHours })
  .describe('Which unused images stay.');

/** What healing may delete from a node before it buys. */
export const reclaim = z
  .strictObject({
    skip: z
      .array(
        field(
          z.enum(SKIPPABLE_STEPS),
          'A step that is left out.',
          `${oneOf(SKIPPABLE_STEPS)} (ballast is what frees the first bytes on a full disk, and deleted-open deletes nothing)`,
          'write e.g. [coredumps], or leave the key out',
        ),
      )
      .max(SKIPPABLE_STEPS.length)
      .default([])
      .describe('Steps that are left out, by the guard too. Default: none.'),
    keepHours,
    journal,
    images,
  })
  .default({
    skip: [],
    keepHours: DEFAULT.keepHours,
    journal: DEFAULT.journal,
    images: { keep: [], minimumAgeHours: 0 },
  })
  .describe('What healing may delete from a node. Security logs are never deleted.');

/** Steps of reclaim-disk.sh that an owner may leave out: all that delete, but for the ballast, which is kept for that. */
export const SKIPPABLE_STEPS = [
  ...(['packages', 'snap', 'containers', 'images', 'journal', 'logs', 'coredumps', 'agent'] as const),
  'tmpfiles',
] as const;
export type SkippableStep = (typeof SKIPPABLE_STEPS)[number];

/** A name of an image, with `*` for any characters; at most {@link MAX_IMAGE_PATTERN_LENGTH} characters. */
export const IMAGE_PATTERN = /^[A-Za-z0-9*][A-Za-z0-9_:@*-]*(?:[./][A-Za-z0-9_:@*-]+)*$/;
export const MAX_IMAGE_PATTERN_LENGTH = 200;
/** One document parameter carries all of them. */
export const MAX_IMAGE_PATTERNS = 20;
/** A year. */
export const MAX_KEEP_HOURS = 8_760;

/** What reclaim may delete from a node, as the environment file declares it. Security logs go in no case. */
export interface ReclaimPolicy {
  readonly skip: readonly SkippableStep[];
  /** What is younger stays. Hours since the file was written, the command ran, or the container ended. */
  readonly keepHours: {
    readonly logs: number;
    readonly coredumps: number;
    readonly agent: number;
    readonly containers: number;
  };
  readonly journal: { readonly keepDays: number; readonly keepMiB: number };
  readonly images: {
    /** Patterns of names, e.g. `registry.example.com/base/*`. */
    readonly keep: readonly string[];
    /** Hours since the image was pulled. */
    readonly minimumAgeHours: number;
  };
}

export const DEFAULT_RECLAIM_POLICY = {
  skip: [],
  // A core dump is the only witness of a crash, and systemd bounds how much they take.
  keepHours: { logs: 0, coredumps: 24, agent: 24, containers: 0 },
  journal: { keepDays: 2, keepMiB: 200 },
  images: { keep: [], minimumAgeHours: 0 },
} as const satisfies ReclaimPolicy;

const commas = (values: readonly string[]): string => (values.length === 0 ? 'none' : values.join(','));

/** What the guard needs of it, as parameters of PrepareNode: it leaves alone all that the others are about. */
export const guardParameters = ({ skip, images }: ReclaimPolicy): Readonly<Record<string, string>> => ({
  SkipSteps: commas(skip),
  // No image's name has a +, and * is a shell's own.
  KeepImages: commas(images.keep).replaceAll('*', '+'),
  ImagesMinimumAgeHours: String(images.minimumAgeHours),
});

/** The whole policy, as parameters of ReclaimDisk. */
export const reclaimParameters = (policy: ReclaimPolicy): Readonly<Record<string, string>> => ({
  ...guardParameters(policy),
  JournalKeepDays: String(policy.journal.keepDays),
  JournalKeepMiB: String(policy.journal.keepMiB),
  LogsKeepHours: String(policy.keepHours.logs),
  CoredumpsKeepHours: String(policy.keepHours.coredumps),
  AgentKeepHours: String(policy.keepHours.agent),
  ContainersKeepHours: String(policy.keepHours.containers),
});

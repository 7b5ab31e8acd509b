import type { Figure } from '../../tables/figure';
import type { NodeGroupFigures, NodeGroupReview } from '../report-model';

const UNKNOWN = '?';

const number = (value: number, decimals: number): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: 0, maximumFractionDigits: decimals });

export const gib = (figure: Figure): string =>
  'value' in figure ? `${number(figure.value, 2)} GiB` : UNKNOWN;

/** Beyond this no one plans, and a forecast means nothing. */
const MANY_DAYS = 3650;

export const days = (figure: Figure): string => {
  if (!('value' in figure)) return UNKNOWN;
  if (!(figure.value < MANY_DAYS)) return 'over 10 years';
  const rounded = Math.round(figure.value * 10) / 10;
  return `${number(rounded, rounded < 10 ? 1 : 0)} ${rounded === 1 ? 'day' : 'days'}`;
};

export const dollars = (value: number): string =>
  `$${value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;

export const cost = (figure: Figure): string => ('value' in figure ? dollars(figure.value) : UNKNOWN);

/** At the minimum and the maximum number of nodes; one figure where both are the same. */
export const costRange = ({ costPerMonth: { atMin, atMax } }: NodeGroupFigures): string => {
  const [low, high] = [cost(atMin), cost(atMax)];
  return low === high ? high : `${low} – ${high}`;
};

export const nodes = ({ nodes: { min, max } }: NodeGroupFigures): string => {
  const text = (figure: Figure) => ('value' in figure ? number(figure.value, 0) : UNKNOWN);
  return text(min) === text(max) ? text(max) : `${text(min)} – ${text(max)}`;
};

/** The columns that reviewers read, in their order. */
export const COLUMNS = [
  { title: 'Size', of: (f: NodeGroupFigures) => gib(f.sizeGiB) },
  { title: 'Cap', of: (f: NodeGroupFigures) => gib(f.maxSizeGiB) },
  { title: 'To warning', of: (f: NodeGroupFigures) => days(f.days.warning) },
  { title: 'To cap', of: (f: NodeGroupFigures) => days(f.days.cap) },
  { title: 'Cost a month', of: costRange },
  { title: 'At the cap', of: (f: NodeGroupFigures) => cost(f.costPerMonth.atCap) },
] as const;

/** `64 GiB → 32 GiB`, or one of them where nothing changed or nothing is compared. */
export const beforeAfter = (
  { before, after, change }: NodeGroupReview,
  of: (figures: NodeGroupFigures) => string,
): { readonly before?: string; readonly now: string } => {
  const old = before && of(before);
  if (!after) return { now: change === 'removed' ? (old ?? UNKNOWN) : UNKNOWN };
  const now = of(after);
  return old === undefined || old === now ? { now } : { before: old, now };
};

/** Why figures are missing, each reason once. */
export const missingFigures = (figures: NodeGroupFigures): string[] => {
  const { sizeGiB, maxSizeGiB, days: in_, costPerMonth, growthGiBPerDay } = figures;
  const named: readonly (readonly [string, Figure])[] = [
    ['size', sizeGiB],
    ['cap', maxSizeGiB],
    ['growth', growthGiBPerDay],
    ['days to warning', in_.warning],
    ['days to cap', in_.cap],
    ['cost', costPerMonth.atMax],
  ];
  const reasons = new Map<string, string[]>();
  for (const [name, figure] of named) {
    if ('why' in figure) reasons.set(figure.why, [...(reasons.get(figure.why) ?? []), name]);
  }
  return [...reasons].map(([why, names]) => `${names.join(', ')}: ${why}`);
};

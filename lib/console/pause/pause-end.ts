import { MAX_PAUSE_MS } from '../../domain/pause/pause';
import { ConsoleError } from '../console-error';

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
/** With its zone: a time without one is another time on another machine. */
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

const HOW = 'Write a duration such as 90m, 2h or 3d, or a time with its zone such as 2026-11-29T22:00:00Z.';

/** Why it is neither a duration nor a time, with the closest correct form. */
const whyNeither = (until: string): string => {
  const [, count = '', unit = ''] = /^(\d+) ?([A-Za-z]+)$/.exec(until) ?? [];
  if (Object.hasOwn(UNIT_MS, unit) && Number(count) === 0)
    return `--until must be at least 1m, got "${until}".`;
  if (unit !== '') return `--until has the units m (minutes), h (hours) and d (days), got "${until}".`;
  if (ISO.test(`${until}Z`))
    return `--until needs a time zone, got "${until}". Write ${until}Z for UTC, or an offset such as ${until}+01:00.`;
  return `--until is neither a duration nor a time: "${until}".`;
};

/**
 * When a pause ends, milliseconds since the epoch.
 * @param until a duration (`m`, `h`, `d`) or an ISO 8601 time with its zone
 * @throws ConsoleError when it is neither, in the past, or more than {@link MAX_PAUSE_MS} away
 */
export const pauseEnd = (until: string, nowMs: number): number => {
  const [, count, unit = ''] = /^([1-9]\d{0,5})([mhd])$/.exec(until) ?? [];
  const endMs =
    count !== undefined
      ? nowMs + Number(count) * (UNIT_MS[unit] ?? NaN)
      : ISO.test(until)
        ? Date.parse(until)
        : NaN;
  if (!Number.isFinite(endMs)) throw new ConsoleError(`${whyNeither(until)} ${HOW}`);
  if (endMs <= nowMs)
    throw new ConsoleError(`--until must be in the future, got ${new Date(endMs).toISOString()}. ${HOW}`);
  if (endMs - nowMs > MAX_PAUSE_MS)
    throw new ConsoleError(
      `--until must be at most ${MAX_PAUSE_MS / 86_400_000} days from now, got ${new Date(endMs).toISOString()}. ` +
        'Disks fill while healing is paused: pause again when it ends, if it must be longer.',
    );
  return endMs;
};

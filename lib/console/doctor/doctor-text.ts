import type { Check, Standing } from '../../domain/doctor/check';

const MARKS: Readonly<Record<Standing, string>> = {
  ok: '✔',
  warning: '!',
  failed: '✘',
  'not checked': '?',
};

/** Checks of one subject for people: one line each, and below those that are not ok why it matters and what to type next. */
export const checksText = (subject: string, checks: readonly Check[]): string => {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, standing, found, why, next }) => [
    `  ${MARKS[standing]} ${name.padEnd(width)}  ${standing === 'ok' ? '' : `${standing}: `}${found}`,
    ...(standing === 'ok' ? [] : [`      why:  ${why}`, ...(next === null ? [] : [`      next: ${next}`])]),
  ]);
  return `${[subject, ...lines].join('\n')}\n`;
};

/** e.g. `16 ok, 1 warning, 2 not checked`. */
export const countsText = (checks: readonly Check[]): string =>
  (['ok', 'warning', 'failed', 'not checked'] as const)
    .map((standing) => [checks.filter((check) => check.standing === standing).length, standing] as const)
    .filter(([count]) => count > 0)
    .map(([count, standing]) => `${count} ${standing}`)
    .join(', ');

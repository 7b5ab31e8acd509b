/** Bytes of one MiB. */
export const MIB = 1024 ** 2;
/** Bytes of one GiB: the unit in which EBS sells and counts. */
export const GIB = 1024 ** 3;

/** e.g. `93.4 %`; one decimal, as `df` and the alarms show it. */
export const formatPercent = (percent: number): string => `${Number(percent.toFixed(1))} %`;

/** e.g. `7.8 GiB`, `312 MiB`. */
export const formatBytes = (bytes: number): string =>
  Math.abs(bytes) >= GIB ? `${Number((bytes / GIB).toFixed(1))} GiB` : `${Math.round(bytes / MIB)} MiB`;

/** e.g. `45 s`, `3 min 20 s`, `2 h 5 min`. */
export const formatSeconds = (seconds: number): string => {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

import { MODIFICATIONS_PER_DAY } from '../plan/ebs-budget';
import { USABLE_RATIO } from './sizing';
import { nextVolumeSize } from '../plan/volume-size';

/** A disk that fills evenly. GiB; percents are of what files can have ({@link USABLE_RATIO}), as `df` counts. */
export interface HeadroomNeed {
  readonly sizeGiB: number;
  readonly usedAtFirstBootGiB: number;
  /** 0 or more. */
  readonly growthGiBPerDay: number;
  readonly levels: {
    readonly warningPercent: number;
    readonly criticalPercent: number;
    readonly emergencyPercent: number;
    readonly targetPercent: number;
  };
  /** undefined: nothing grows the volume. */
  readonly maxSizeGiB?: number;
}

/** Days from the first boot; `Infinity`: never, 0: from the start. */
export interface HeadroomDays {
  /** To the levels and to the last byte, if nothing heals. */
  readonly warning: number;
  readonly critical: number;
  readonly emergency: number;
  readonly full: number;
  /** Until the volume is at its cap and `/` at the warning level again: healing has nothing left to buy. */
  readonly cap: number;
}

export interface CurvePoint {
  readonly day: number;
  readonly usedPercent: number;
  readonly sizeGiB: number;
}

export interface HeadroomCurve {
  /** In order; straight lines between them, and two points at a day on which the volume grew. */
  readonly points: readonly CurvePoint[];
  /** The day on which `/` is full because EBS takes no further modification yet; absent: it keeps up. */
  readonly outrunDay?: number;
}

const SECONDS_PER_DAY = 86_400;

const percentOf = (usedGiB: number, sizeGiB: number): number =>
  sizeGiB > 0 ? Math.min(100, (100 * usedGiB) / (sizeGiB * USABLE_RATIO)) : 100;

/** Days until a volume of this size is used to `percent`. */
const daysUntil = (need: HeadroomNeed, sizeGiB: number, percent: number): number => {
  const roomGiB = (percent / 100) * sizeGiB * USABLE_RATIO - need.usedAtFirstBootGiB;
  if (roomGiB <= 0) return 0;
  return need.growthGiBPerDay > 0 ? roomGiB / need.growthGiBPerDay : Infinity;
};

export const headroomDays = (need: HeadroomNeed): HeadroomDays => {
  const { levels, sizeGiB } = need;
  return {
    warning: daysUntil(need, sizeGiB, levels.warningPercent),
    critical: daysUntil(need, sizeGiB, levels.criticalPercent),
    emergency: daysUntil(need, sizeGiB, levels.emergencyPercent),
    full: daysUntil(need, sizeGiB, 100),
    cap: daysUntil(need, Math.max(sizeGiB, need.maxSizeGiB ?? 0), levels.warningPercent),
  };
};

/**
 * Use over time with the healing's growth steps: at the warning level the volume grows by the step that the plan would
 * buy ({@link nextVolumeSize}), as soon as EBS allows it. Nothing is reclaimed: what is forecast is growth that stays.
 *
 * @param horizonDays where the curve ends at the latest
 */
export const headroomCurve = (need: HeadroomNeed, horizonDays = 365): HeadroomCurve => {
  const points: CurvePoint[] = [];
  const grownOn: number[] = [];
  let sizeGiB = need.sizeGiB;
  let day = 0;
  const at = (when: number): CurvePoint => ({
    day: when,
    usedPercent: percentOf(need.usedAtFirstBootGiB + need.growthGiBPerDay * when, sizeGiB),
    sizeGiB,
  });
  points.push(at(0));
  for (;;) {
    const full = daysUntil(need, sizeGiB, 100);
    const allowed = (grownOn.at(-MODIFICATIONS_PER_DAY) ?? -1) + 1;
    const wanted = Math.max(day, daysUntil(need, sizeGiB, need.levels.warningPercent), allowed);
    const next = nextSize(need, sizeGiB, at(wanted).usedPercent);
    const end = next > sizeGiB && wanted <= full ? wanted : full;
    if (end > horizonDays) return { points: [...points, at(Math.max(day, horizonDays))] };
    if (end > day) points.push(at(end));
    if (end !== wanted || next <= sizeGiB) {
      return { points, ...(next > sizeGiB && { outrunDay: full }) };
    }
    [day, sizeGiB] = [wanted, next];
    grownOn.push(day);
    points.push(at(day));
  }
};

const nextSize = (need: HeadroomNeed, sizeGiB: number, usedPercent: number): number =>
  nextVolumeSize({
    currentGiB: sizeGiB,
    unusedGiB: 0,
    usedPercent,
    targetPercent: need.levels.targetPercent,
    growthPercentPerSecond: (100 * need.growthGiBPerDay) / (sizeGiB * USABLE_RATIO) / SECONDS_PER_DAY,
    maxSizeGiB: need.maxSizeGiB ?? sizeGiB,
  }).targetSizeGiB;

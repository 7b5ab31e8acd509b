import type { AlarmDefinition } from './alarm-definition';
import { contributorChange, stateChange, type CloudEvent } from './alarm-events';
import { alarmSeries, judgedPeriods, type AlarmSeries } from './alarm-series';
import { EXTRA_PERIODS, judge, type AlarmState, type Judgement } from './alarm-state';
import type { MetricStore } from '../metrics/metric-store';
import type { Place } from '../template/physical-ids';

interface Memory {
  state: AlarmState;
  reason: string;
  since: Date;
}

/** What DescribeAlarms shows of an alarm. */
export interface AlarmStatus {
  readonly definition: AlarmDefinition;
  readonly state: AlarmState;
  /** When it entered that state. */
  readonly since: Date;
  readonly reason: string;
}

/** One synthesized alarm, with the state it is in. Every alarm starts in INSUFFICIENT_DATA. */
export class Alarm implements AlarmStatus {
  private readonly parent: Memory;
  private readonly contributors = new Map<string, Memory & { readonly series: AlarmSeries }>();

  constructor(
    readonly definition: AlarmDefinition,
    private readonly place: Place,
    createdAt: Date,
  ) {
    this.parent = {
      state: 'INSUFFICIENT_DATA',
      reason: 'Unchecked: Initial alarm creation',
      since: createdAt,
    };
  }

  get state(): AlarmState {
    return this.parent.state;
  }

  get since(): Date {
    return this.parent.since;
  }

  get reason(): string {
    return this.parent.reason;
  }

  /** Events of the transitions since the last evaluation: contributors first, then the alarm itself. */
  evaluate(store: MetricStore, now: Date): readonly CloudEvent[] {
    const { definition } = this;
    const judged = judgedPeriods(definition, store, definition.evaluationPeriods + EXTRA_PERIODS, now);
    const series = alarmSeries(definition, store, judged);
    const values = (one: AlarmSeries | undefined) => judged.map((period) => one?.points.get(period));
    const live = series.filter((one) => values(one).some((value) => value !== undefined));
    if (!series.some(({ attributes }) => attributes)) {
      return this.enter(judge(definition, values(series[0]), this.parent.state), now);
    }
    const events: CloudEvent[] = [];
    for (const one of live) {
      const previous = this.contributors.get(keyOf(one))?.state ?? 'INSUFFICIENT_DATA';
      events.push(...this.contribute(one, judge(definition, values(one), previous), now));
    }
    // A series that disappears sends its contributor to OK: no proof of health.
    for (const [key, { series: gone }] of this.contributors) {
      if (live.some((one) => keyOf(one) === key)) continue;
      events.push(
        ...this.contribute(gone, { state: 'OK', reason: 'no datapoints were received', recent: [] }, now),
      );
      this.contributors.delete(key);
    }
    const alarming = [...this.contributors.values()].filter(({ state }) => state === 'ALARM');
    const state =
      alarming.length > 0 ? 'ALARM' : live.length > 0 ? 'OK' : judge(definition, [], this.parent.state).state;
    const reason = `${alarming.length} of ${this.contributors.size} contributors are in ALARM`;
    return [...events, ...this.enter({ state, reason, recent: [] }, now)];
  }

  private contribute(series: AlarmSeries, judgement: Judgement, now: Date): readonly CloudEvent[] {
    const key = keyOf(series);
    const before = this.contributors.get(key);
    const { state, reason } = judgement;
    this.contributors.set(key, {
      state,
      reason,
      since: before?.state === state ? before.since : now,
      series,
    });
    const was = before?.state ?? 'OK';
    if (state === was || state === 'INSUFFICIENT_DATA') return [];
    return [contributorChange(this.definition, this.place, series.attributes ?? {}, judgement, now)];
  }

  private enter(judgement: Judgement, now: Date): readonly CloudEvent[] {
    if (judgement.state === this.parent.state) return [];
    const previous = { ...this.parent };
    Object.assign(this.parent, { state: judgement.state, reason: judgement.reason, since: now });
    return [stateChange(this.definition, this.place, judgement, previous, now)];
  }
}

const keyOf = (series: AlarmSeries): string => JSON.stringify(series.attributes);

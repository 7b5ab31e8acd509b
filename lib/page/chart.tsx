/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import type { Tone } from './page';
import { spread, ticks } from './scale';

type Point = readonly [x: number, y: number];

export interface Line {
  readonly name: string;
  /** `main` stands out; `before` is what it was; `second` is less important. */
  readonly look: 'main' | 'before' | 'second';
  readonly points: readonly Point[];
}

export interface Level {
  readonly name: string;
  readonly value: number;
  readonly tone: Tone;
}

export interface ChartProps {
  /** What a reader would see, in a sentence. */
  readonly label: string;
  readonly lines: readonly Line[];
  readonly x: { readonly from: number; readonly to: number; readonly title: string };
  readonly y: {
    readonly to: number;
    readonly unit: string;
    /** @default - round numbers */
    readonly at?: readonly number[];
  };
  readonly levels?: readonly Level[];
  /** Spans of x in which something went on. */
  readonly bands?: {
    readonly name: string;
    readonly spans: readonly (readonly [from: number, to: number])[];
  };
  /** Pixels. @default 220 */
  readonly height?: number;
  /** Another chart with the same x stands right below, and has its labels. @default false */
  readonly joined?: boolean;
}

/** Pixels from a label's centre to the next one's. */
const LABEL_GAP = 17;
/** The narrowest room for the labels of x, and what a character and the space beside a label take of it. Pixels. */
const X_ROOM = { all: 180, character: 7, between: 14 } as const;

/** How many intervals of x have room for a label each, on a phone too. */
const mostIntervals = (from: number, to: number): number => {
  const characters = Math.max(...[from, to].map((value) => String(Math.round(value)).length)) + 1;
  const room = characters * X_ROOM.character + X_ROOM.between;
  return Math.min(6, Math.max(1, Math.floor(X_ROOM.all / room)));
};

/** The drawing's own units; it is stretched to the room that it gets, its lines are not. */
const UNITS = 1000;

const percent = (share: number): string => `${Number((share * 100).toFixed(3))}%`;

/**
 * Lines over a common x. Drawn as SVG that stretches; every label is text beside it, in its own size on every screen, and placed so
 * that none covers another.
 */
export const Chart = ({
  label,
  lines,
  x,
  y,
  levels = [],
  bands,
  height = 220,
  joined = false,
}: ChartProps) => {
  const width = x.to - x.from || 1;
  const shareX = (value: number): number => (value - x.from) / width;
  const shareY = (value: number): number => 1 - Math.min(1, Math.max(0, value / (y.to || 1)));
  const drawn = ([atX, atY]: Point): string =>
    `${Number((shareX(atX) * UNITS).toFixed(1))},${Number((shareY(atY) * UNITS).toFixed(1))}`;
  const yTicks = [...new Set(y.at ?? ticks(0, y.to, 5))].sort((a, b) => b - a);
  const sortedLevels = [...levels].sort((a, b) => b.value - a.value);
  const placed = (values: readonly number[]): readonly number[] =>
    spread(
      values.map((value) => shareY(value) * height),
      LABEL_GAP,
      height,
    );
  const placedLevels = placed(sortedLevels.map(({ value }) => value));
  return (
    <figure class="chart">
      <figcaption>
        {lines.map(({ name, look }) => (
          <span class={`key ${look}`}>{name}</span>
        ))}
        {bands === undefined || bands.spans.length === 0 ? null : <span class="key band">{bands.name}</span>}
      </figcaption>
      <div class="plot with-levels">
        <div class="y-axis" aria-hidden="true">
          {placed(yTicks).map((top, index) => (
            <span style={{ top: `${top}px` }}>
              {yTicks[index]} {y.unit}
            </span>
          ))}
        </div>
        <svg
          style={{ height: `${height}px` }}
          viewBox={`0 0 ${UNITS} ${UNITS}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={label}
        >
          {(bands?.spans ?? []).map(([from, to]) => (
            <rect
              class="band"
              x={shareX(from) * UNITS}
              width={Math.max(2, (shareX(to) - shareX(from)) * UNITS)}
              y="0"
              height={UNITS}
            />
          ))}
          {yTicks.map((value) => (
            <line class="grid" x1="0" x2={UNITS} y1={shareY(value) * UNITS} y2={shareY(value) * UNITS} />
          ))}
          {levels.map(({ value, tone }) => (
            <line
              class={`level ${tone}`}
              x1="0"
              x2={UNITS}
              y1={shareY(value) * UNITS}
              y2={shareY(value) * UNITS}
            />
          ))}
          {lines.map(({ points, look }) => (
            <>
              {look === 'main' && points.length > 1 ? (
                <polygon
                  class="area"
                  points={[
                    drawn([points[0]?.[0] ?? 0, 0]),
                    ...points.map(drawn),
                    drawn([points.at(-1)?.[0] ?? 0, 0]),
                  ].join(' ')}
                />
              ) : null}
              <polyline class={`line ${look}`} points={points.map(drawn).join(' ')} />
            </>
          ))}
        </svg>
        <div class="levels" aria-hidden="true">
          {sortedLevels.map(({ name, value, tone }, index) => (
            <span class={tone} style={{ top: `${placedLevels[index] ?? 0}px` }}>
              {value} {y.unit}
              <span class="name"> {name}</span>
            </span>
          ))}
        </div>
        {joined ? null : (
          <>
            {' '}
            <div class="x-axis" aria-hidden="true">
              {ticks(x.from, x.to, mostIntervals(x.from, x.to)).map((value) => (
                <span style={{ left: percent(shareX(value)) }}>{value}</span>
              ))}
            </div>
            <div class="x-title" aria-hidden="true">
              {x.title}
            </div>
          </>
        )}
      </div>
    </figure>
  );
};

/** Counts in equal steps of x. */
export const Histogram = (props: {
  readonly label: string;
  readonly bars: readonly { readonly from: number; readonly to: number; readonly count: number }[];
  readonly title: string;
}) => {
  const { bars } = props;
  const to = bars.at(-1)?.to ?? 1;
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const height = 160;
  const yTicks = [...ticks(0, most, Math.min(4, most))].reverse();
  return (
    <figure class="chart">
      <div class="plot">
        <div class="y-axis" aria-hidden="true">
          {yTicks.map((value) => (
            <span style={{ top: `${(1 - value / most) * height}px` }}>{value}</span>
          ))}
        </div>
        <svg
          style={{ height: `${height}px` }}
          viewBox={`0 0 ${UNITS} ${UNITS}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={props.label}
        >
          {yTicks.map((value) => (
            <line
              class="grid"
              x1="0"
              x2={UNITS}
              y1={(1 - value / most) * UNITS}
              y2={(1 - value / most) * UNITS}
            />
          ))}
          {bars.map((bar) => (
            <rect
              class="bar"
              x={((bar.from + (bar.to - bar.from) * 0.08) / to) * UNITS}
              width={(((bar.to - bar.from) * 0.84) / to) * UNITS}
              y={(1 - bar.count / most) * UNITS}
              height={(bar.count / most) * UNITS}
            />
          ))}
        </svg>
        <div class="x-axis" aria-hidden="true">
          {ticks(0, to, mostIntervals(0, to)).map((value) => (
            <span style={{ left: percent(value / to) }}>{value}</span>
          ))}
        </div>
        <div class="x-title" aria-hidden="true">
          {props.title}
        </div>
      </div>
    </figure>
  );
};

/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import { Pill, type Tone } from './page';
import { ticks } from './scale';

/** One step of a run. */
export interface TimedStep {
  readonly name: string;
  /** From the start of the run. Seconds, at least 0. */
  readonly from: number;
  /** Not before `from`. */
  readonly to: number;
  /** In the words of what ran it, e.g. `Success`. */
  readonly outcome: string;
  readonly tone: Tone;
  readonly detail: string;
}

const percent = (share: number): string => `${Number((share * 100).toFixed(2))}%`;
const seconds = (value: number): string => value.toFixed(1);

/** The steps of a run, each in a row with a bar from its start to its end: however many there are, none covers another. */
export const Steps = ({ label, steps }: { label: string; steps: readonly TimedStep[] }) => {
  const end = Math.max(...steps.map(({ to }) => to), 0.1);
  return (
    <div class="steps">
      <div class="steps-scale" aria-hidden="true">
        <div>
          {ticks(0, end, 5).map((value) => (
            <span style={{ left: percent(value / end) }}>{value} s</span>
          ))}
        </div>
      </div>
      <ol aria-label={label}>
        {steps.map(({ name, from, to, outcome, tone, detail }) => (
          <li class={tone}>
            <code class="step-name">{name}</code>
            <span class="track" aria-hidden="true">
              <span
                style={{
                  left: `min(${percent(from / end)}, 100% - 4px)`,
                  width: percent((to - from) / end),
                }}
              />
            </span>
            <span class="span">
              {seconds(from)} – {seconds(to)} s
            </span>
            <strong class="took">{seconds(to - from)} s</strong>
            <Pill tone={tone}>{outcome}</Pill>
            {detail === '' ? null : <span class="detail">{detail}</span>}
          </li>
        ))}
      </ol>
    </div>
  );
};

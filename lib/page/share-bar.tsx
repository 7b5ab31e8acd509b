/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import type { Tone } from './page';

export interface Part {
  readonly name: string;
  readonly count: number;
  readonly tone: Tone;
}

/** Parts of a whole as one bar, and below it each with its count: also those of which there are none. */
export const ShareBar = ({ label, parts }: { label: string; parts: readonly Part[] }) => (
  <div class="shares">
    <div class="share-bar" aria-hidden="true">
      {parts.map(({ count, tone }) =>
        count === 0 ? null : <span class={tone} style={{ flexGrow: count }} />,
      )}
    </div>
    <ul aria-label={label}>
      {parts.map(({ name, count, tone }) => (
        <li class={count === 0 ? 'neutral' : tone}>
          <strong>{count}</strong> {name}
        </li>
      ))}
    </ul>
  </div>
);

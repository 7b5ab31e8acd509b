/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ComponentChildren, VNode } from 'preact';
import { renderToStaticMarkup } from 'preact-render-to-string';

/** What a thing means to its reader; colour and sign follow. */
export type Tone = 'good' | 'warn' | 'bad' | 'neutral';

const SIGNS: { readonly [T in Tone]: string } = {
  good: 'M6 12.5l4 4 8-9',
  warn: 'M12 6v7.5M12 17v.5',
  bad: 'M7 7l10 10M17 7L7 17',
  neutral: 'M7 12h10',
};

/** A sign beside a word that says the same; alone it tells a screen reader nothing. */
export const Sign = ({ tone }: { tone: Tone }) => (
  <svg class={`sign ${tone}`} viewBox="0 0 24 24" aria-hidden="true">
    <circle cx="12" cy="12" r="12" />
    <path d={SIGNS[tone]} />
  </svg>
);

export const Pill = ({ tone, children }: { tone: Tone; children: ComponentChildren }) => (
  <span class={`pill ${tone}`}>{children}</span>
);

export interface PageProps {
  /** Of the window. */
  readonly title: string;
  readonly tone: Tone;
  /** Which report this is, e.g. `Headroom drill`. */
  readonly kicker: string;
  /** What every reader wants to know first. */
  readonly verdict: string;
  /** Beside the verdict. */
  readonly pill?: string | undefined;
  readonly lead: ComponentChildren;
  /** What was looked at, in a few words each. */
  readonly facts: readonly string[];
  readonly footer: ComponentChildren;
  readonly children: ComponentChildren;
}

/** The frame of every report: the verdict first, then what supports it. */
export const Page = ({ title, tone, kicker, verdict, pill, lead, facts, footer, children }: PageProps) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
      <title>{title}</title>
      <style dangerouslySetInnerHTML={{ __html: readFileSync(join(__dirname, 'page.css'), 'utf8') }} />
    </head>
    <body>
      <header class={`hero ${tone}`}>
        <p class="kicker">{kicker}</p>
        <div class="verdict">
          <div>
            <Sign tone={tone} />
            <h1>{verdict}</h1>
          </div>
          {pill === undefined ? null : <Pill tone={tone}>{pill}</Pill>}
        </div>
        <div class="lead">{lead}</div>
        <ul class="facts">
          {facts.map((fact) => (
            <li>{fact}</li>
          ))}
        </ul>
      </header>
      <main>{children}</main>
      <footer>{footer}</footer>
    </body>
  </html>
);

/** One file that asks for no other and runs no script: it can be attached to a ticket and opened anywhere. */
export const renderPage = (page: VNode): string => `<!doctype html>\n${renderToStaticMarkup(page)}\n`;

export const Section = (props: {
  title: string;
  /** Below the title. */
  note?: ComponentChildren;
  /** Only details that are closed: paper cannot open them. */
  screenOnly?: boolean;
  children: ComponentChildren;
}) => (
  <section class={props.screenOnly === true ? 'screen-only' : undefined}>
    <h2>{props.title}</h2>
    {props.note === undefined ? null : <p class="note">{props.note}</p>}
    {props.children}
  </section>
);

export const Figures = ({ children }: { children: ComponentChildren }) => <dl class="figures">{children}</dl>;

/** A number that is read from across the room, with what it was before where that was another. */
export const Figure = (props: { name: string; value: string; from?: string | undefined }) => (
  <div class="figure">
    <dt>{props.name}</dt>
    <dd>
      {props.from === undefined || props.from === props.value ? null : (
        <span class="from">{props.from} →&nbsp;</span>
      )}
      <span>{props.value}</span>
    </dd>
  </div>
);

/** For those who want it all, closed until then. */
export const Details = (props: { summary: string; children: ComponentChildren }) => (
  <details>
    <summary>{props.summary}</summary>
    {props.children}
  </details>
);

/** The only place for JSON. */
export const Raw = ({ name, value }: { name: string; value: unknown }) => (
  <Details summary={name}>
    <pre>{typeof value === 'string' ? value : JSON.stringify(value, null, 2)}</pre>
  </Details>
);

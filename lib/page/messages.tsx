/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import type { ComponentChildren } from 'preact';
import { Pill, type Tone } from './page';
import { RichText } from './rich-text';

const Card = (props: {
  class: string;
  tone: Tone;
  kind: string;
  /** When it came, in words; undefined: not known. */
  at: string | undefined;
  title: string;
  children: ComponentChildren;
}) => (
  <article class={`message ${props.class} ${props.tone}`}>
    <p class="message-kind">
      <span>{props.kind}</span>
      {props.at === undefined ? null : <span>{props.at}</span>}
    </p>
    <h3>{props.title}</h3>
    {props.children}
  </article>
);

interface Received {
  readonly tone: Tone;
  readonly at?: string | undefined;
  readonly title: string;
}

/** As a mail program shows plain text: its lines and columns as they were written. */
export const Mail = ({ text, at, ...rest }: Received & { text: string }) => (
  <Card class="mail" kind="E-mail" at={at} {...rest}>
    <pre class="letter">{text}</pre>
  </Card>
);

/** As a channel shows it. */
export const Chat = (
  props: Received & { text: string; nextSteps: readonly string[]; keywords: readonly string[] },
) => (
  <Card class="chat" kind="Chat message" tone={props.tone} at={props.at} title={props.title}>
    <RichText text={props.text} />
    {props.nextSteps.length === 0 ? null : (
      <>
        <p class="next">Next steps</p>
        <ul>
          {props.nextSteps.map((step) => (
            <li>
              <RichText text={step} />
            </li>
          ))}
        </ul>
      </>
    )}
    <ul class="facts">
      {props.keywords.map((word) => (
        <li>{word}</li>
      ))}
    </ul>
  </Card>
);

/** The facts of an alarm's mail, which AWS words. */
export const AlarmMail = (
  props: Received & { from: string | undefined; to: string; reason: string; description: string | undefined },
) => (
  <Card class="alarm" kind="Alarm" tone={props.tone} at={props.at} title={props.title}>
    <p class="states">
      {props.from === undefined ? null : (
        <>
          <Pill tone={props.from === 'ALARM' ? 'bad' : 'neutral'}>{props.from}</Pill> →{' '}
        </>
      )}
      <Pill tone={props.tone}>{props.to}</Pill>
    </p>
    {props.reason === '' ? null : <p>{props.reason}</p>}
    {props.description === undefined ? null : <RichText text={props.description} />}
  </Card>
);

/** As OpsCenter shows it. */
export const OpsItemCard = (
  props: Received & { id: string; severity: string | undefined; status: string; description: string },
) => (
  <Card class="ops-item" kind={`OpsItem ${props.id}`} tone={props.tone} at={props.at} title={props.title}>
    <p class="states">
      {props.severity === undefined ? null : <Pill tone={props.tone}>severity {props.severity}</Pill>}{' '}
      <Pill tone="neutral">{props.status}</Pill>
    </p>
    <RichText text={props.description} />
  </Card>
);

/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ComponentChildren } from 'preact';

const uPlotFile = (file: string) => readFileSync(join(dirname(require.resolve('uplot')), file), 'utf8');

/** `<` is escaped, so that nothing inside can end the script element. */
const inline = (value: unknown) => JSON.stringify(value).replace(/</g, '\\u003c');

/** The look that all reports have, then the report's own. A report is one file and asks for no other. */
export const PageStyle = ({ own }: { own: string }) => (
  <style
    dangerouslySetInnerHTML={{
      __html: uPlotFile('uPlot.min.css') + readFileSync(join(__dirname, 'page.css'), 'utf8') + own,
    }}
  />
);

/** uPlot, then the report's own script, to which the data stand under a name. */
export const PageScript = (props: { name: string; data: unknown; own: string }) => (
  <>
    <script dangerouslySetInnerHTML={{ __html: uPlotFile('uPlot.iife.min.js') }} />
    <script
      dangerouslySetInnerHTML={{ __html: `const ${props.name} = ${inline(props.data)};\n${props.own}` }}
    />
  </>
);

export const Section = (props: { title: string; children: ComponentChildren }) => (
  <section>
    <h2>{props.title}</h2>
    {props.children}
  </section>
);

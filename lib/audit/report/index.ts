import type { AuditReport } from '../report-model';
import { htmlReport } from './html-report';
import { markdownReport, type MarkdownOptions } from './markdown-report';
import { sarifReport, type SarifOptions } from './sarif-report';
import { textReport, type TextOptions } from './text-report';

export const FORMATS = ['text', 'markdown', 'json', 'sarif', 'html'] as const;
export type Format = (typeof FORMATS)[number];

export interface FormatOptions {
  readonly text?: TextOptions;
  readonly markdown?: MarkdownOptions;
  readonly sarif: SarifOptions;
}

/** The report in one of its formats, as text that ends with a newline. */
export const formatReport = (report: AuditReport, format: Format, options: FormatOptions): string => {
  switch (format) {
    case 'text':
      return textReport(report, options.text);
    case 'markdown':
      return markdownReport(report, options.markdown);
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'sarif':
      return sarifReport(report, options.sarif);
    case 'html':
      return htmlReport(report);
  }
};

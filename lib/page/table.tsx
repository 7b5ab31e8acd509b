/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import type { ComponentChildren } from 'preact';

export interface Column<Row> {
  readonly title: string;
  /** Right-aligned, with digits of one width. @default false */
  readonly number?: boolean;
  readonly cell: (row: Row) => ComponentChildren;
}

/**
 * A table; on a phone, where it has more than two columns, each row is a card with its columns' titles. The roles are spoken out, because a browser forgets them where the
 * style sheet lays a table out as something else.
 */
export const Table = <Row,>(props: {
  /** For a screen reader. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
}) => (
  <table role="table" class={props.columns.length > 2 ? 'wide' : undefined} aria-label={props.label}>
    <thead role="rowgroup">
      <tr role="row">
        {props.columns.map(({ title, number }) => (
          <th role="columnheader" scope="col" class={number ? 'number' : undefined}>
            {title}
          </th>
        ))}
      </tr>
    </thead>
    <tbody role="rowgroup">
      {props.rows.map((row) => (
        <tr role="row">
          {props.columns.map(({ title, number, cell }) => (
            <td role="cell" data-title={title} class={number ? 'number' : undefined}>
              <div>{cell(row)}</div>
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  </table>
);

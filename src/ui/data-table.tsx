/** A table that scrolls by itself where it is too wide. */
import type { ComponentChildren } from 'preact';

/** Columns of a table. */
export interface DataTableProps {
  readonly columns: readonly ComponentChildren[];
  /** Beside `plain`. */
  readonly name?: string;
  /** Places of columns whose heads stand left; the first where nothing is said. */
  readonly left?: readonly number[];
  /** Rows. */
  readonly children: ComponentChildren;
}

/** A table that scrolls sideways on a narrow screen. */
export function DataTable({ columns, name = '', left = [0], children }: DataTableProps) {
  return (
    <div class="scroll">
      <table class={`plain ${name}`}>
        <thead>
          <tr>
            {columns.map((title, i) =>
              // A head without a word would be read as one.
              title === '' ? (
                <td key={i} />
              ) : (
                <th key={i} scope="col" class={left.includes(i) ? 'left' : ''}>
                  {title}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

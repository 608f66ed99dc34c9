/** ONNX Runtime's log lines, as it prints them on stderr. */
export interface LogLine {
  readonly severity: 'info' | 'warning' | 'error';
  readonly text: string;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes of a terminal
const COLOURS = /\x1b\[[0-9;]*m/g;
const LINE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \[([VIWEF]):([^,]*), ([^\]]*)\] ?(.*)$/;

/** A line without the colours of a terminal. */
export const plainLine = (line: string): string => line.replace(COLOURS, '').trimEnd();

/** Undefined for a line that is not one of ONNX Runtime's. */
export function parseLogLine(line: string): LogLine | undefined {
  const match = LINE.exec(plainLine(line));
  if (!match) return undefined;
  const [, letter = 'I', , , text = ''] = match;
  const severity = letter === 'W' ? 'warning' : letter === 'E' || letter === 'F' ? 'error' : 'info';
  return { severity, text };
}

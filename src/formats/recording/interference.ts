/** Service time together by service time alone, from which on it is pointed at: in findings, tables and the terminal. */
export const NOTABLE_FACTOR = 1.1;

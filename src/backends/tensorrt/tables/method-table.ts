/** Order of the virtual methods of a class of TensorRT. */

/** Methods of one class. */
export interface MethodTable {
  /** In the order of the table, from its first method on; `#2` marks the second overload of a name. */
  readonly methods: readonly string[];
  /** Methods that the first release of the major version lacks, by the release that brought them. */
  readonly since?: Readonly<Record<string, string>>;
}

/** Names in a text. */
export const words = (text: string): readonly string[] => text.trim().split(/\s+/);

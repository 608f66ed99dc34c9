/** ProfileReport -> profile_report.yaml. Equal reports give equal bytes. */
import { Document, isMap, isScalar, isSeq, visit } from '../base/yaml.js';
import type { ProfileReport } from '../formats/report/report.js';

const MAX_FLOW = 14;
/** A text of this length stands on a line of its own. */
const SENTENCE = 60;

/** The text of profile_report.yaml. */
export function reportYaml(report: ProfileReport): string {
  const document = new Document(report, { aliasDuplicateObjects: false });
  // Maps and lists of plain values stand on one line, so that the numbers of a distribution can be compared by eye.
  visit(document, {
    Map(_, node, path) {
      const plain = node.items.every(
        (pair) => isScalar(pair.value) || (isSeq(pair.value) && pair.value.items.every(isScalar)),
      );
      if (path.length > 1 && plain && node.items.length <= MAX_FLOW && !hasProse(node.items)) node.flow = true;
    },
    Seq(_, node) {
      if (node.items.every((item) => isScalar(item) && String(item.value).length < SENTENCE)) node.flow = true;
    },
  });
  if (isMap(document.contents)) document.contents.flow = false;
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

/** Sentences are read, not compared. */
const hasProse = (items: readonly { key: unknown; value: unknown }[]): boolean =>
  items.some(({ key, value }) => ['message', 'text', 'advice', 'headline'].includes(String(key)) && isScalar(value));

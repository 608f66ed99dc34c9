// Types once more with noUncheckedIndexedAccess, for the rooms where an index is a look-up that can fail. In the others,
// and in the files named here, an index is arithmetic over columns whose lengths are known.
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const ROOMS = /^src\/(machine|store|backends|views|pipeline|orchestrators|server|library|cli|formats)\//;
const COLUMNS =
  /^src\/(backends\/(make-feeds|onnxruntime\/[a-z]+)|formats\/(report\/report-page|recording\/jobs|tensor\/npy|backends\/service-time)|machine\/(monotonic|thread)|views\/report-page)\.ts$/;

const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, root);
const program = ts.createProgram(
  fileNames.filter((f) => !f.endsWith('.test.ts')),
  { ...options, noUncheckedIndexedAccess: true },
);
const problems = ts.getPreEmitDiagnostics(program).filter(({ file }) => {
  const path = file && relative(root, file.fileName);
  return path && ROOMS.test(path) && !COLUMNS.test(path) && !path.endsWith('.test.ts');
});
for (const { file, start, messageText } of problems) {
  const { line } = file.getLineAndCharacterOfPosition(start);
  console.error(`${relative(root, file.fileName)}:${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
}
process.exit(problems.length > 0 ? 1 : 0);

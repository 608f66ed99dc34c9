/** What ONNX Runtime says of a model that it cannot load, in words that say what to do. */
import type { Problem } from '../../base/problem.js';

type Words = Pick<Problem, 'message' | 'hint'>;

const OTHER_LIBRARY = 'or set ORT_DYLIB_PATH to a newer ONNX Runtime';

/** Undefined for what has no better words than its own. @param name of the model */
export function explainLoad(message: string, name: string): Words | undefined {
  const opset = /Opset (\d+) is under development.*domain (\S+) is till opset (\d+)/s.exec(message);
  if (opset)
    return {
      message: `${name} uses opset ${opset[1]} of ${opset[2]}; this ONNX Runtime knows it up to ${opset[3]}`,
      hint: `export the model with opset ${opset[3]} or below, ${OTHER_LIBRARY}`,
    };
  const ir = /Unsupported model IR version: (\d+), max supported IR version: (\d+)/.exec(message);
  if (ir)
    return {
      message: `${name} is of IR version ${ir[1]}; this ONNX Runtime reads up to ${ir[2]}`,
      hint: `write the model with IR version ${ir[2]} or below, ${OTHER_LIBRARY}`,
    };
  return unknownOperator(message, name);
}

function unknownOperator(message: string, name: string): Words | undefined {
  const standard = /No Op registered for (\S+) with domain_version of (\d+)/.exec(message);
  const [, domain, operator] =
    /(?:Fatal error: |: )([\w.-]*):([\w.-]+)\((?:-?\d*)\) is not a registered function\/op/.exec(message) ?? [];
  if (operator !== undefined)
    return {
      message: `${name} uses the operator ${operator} of the domain ${domain || 'ai.onnx'}, which this ONNX Runtime does not know`,
      hint: `load the library that has it: build: { custom_ops: [lib${(domain ?? 'ops').replaceAll(/[^\w]+/g, '_')}.so] }; or export the model with standard operators`,
    };
  if (!standard) return undefined;
  return {
    message: `${name} uses the operator ${standard[1]}, which opset ${standard[2]} does not have in this ONNX Runtime`,
    hint: `check the name and the opset of the model, ${OTHER_LIBRARY}; an operator of your own belongs to a domain of its own and needs build: { custom_ops: [library.so] }`,
  };
}

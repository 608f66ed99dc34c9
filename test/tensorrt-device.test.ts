/** The backend TensorRT on the TensorRT and the GPU that are here: `INFERSIGHT_TENSORRT=10 npx vitest run test/tensorrt-device.test.ts`. */
import { describe, it } from 'vitest';
import { tensorrtSuite } from './tensorrt-suite.js';

const major = Number(process.env.INFERSIGHT_TENSORRT);
if (major === 8 || major === 10 || major === 11) tensorrtSuite(major, true);
else
  describe('TensorRT on a device', () => {
    it.skip('INFERSIGHT_TENSORRT names no major version', () => undefined);
  });

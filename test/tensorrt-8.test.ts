/** The backend TensorRT with the tables of TensorRT 8. */
import { tensorrtSuite } from './tensorrt-suite.js';

tensorrtSuite(8);

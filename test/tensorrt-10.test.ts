/** The backend TensorRT with the tables of TensorRT 10. */
import { tensorrtSuite } from './tensorrt-suite.js';

tensorrtSuite(10);

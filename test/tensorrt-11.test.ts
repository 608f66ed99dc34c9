/** The backend TensorRT with the tables of TensorRT 11. */
import { tensorrtSuite } from './tensorrt-suite.js';

tensorrtSuite(11);

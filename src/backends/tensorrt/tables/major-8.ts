/** Method tables of TensorRT 8. */
import { type MethodTable, words } from './method-table.js';

/** By class. */
export const MAJOR_8: Readonly<Record<string, MethodTable>> = {
  VRuntime: {
    methods: words(`
      deserializeCudaEngine setDLACore getDLACore getNbDLACores setGpuAllocator setErrorRecorder getErrorRecorder
      getLogger setMaxThreads getMaxThreads setTemporaryDirectory getTemporaryDirectory setTempfileControlFlags
      getTempfileControlFlags getPImpl getPluginRegistry setPluginRegistryParent loadRuntime setEngineHostCodeAllowed
      getEngineHostCodeAllowed
      `),
    since: {
      '8.6.0':
        'setTemporaryDirectory getTemporaryDirectory setTempfileControlFlags getTempfileControlFlags getPImpl getPluginRegistry setPluginRegistryParent loadRuntime setEngineHostCodeAllowed getEngineHostCodeAllowed',
    },
  },
  VCudaEngine: {
    methods: words(`
      getNbBindings getBindingIndex getBindingName bindingIsInput getBindingDimensions getBindingDataType
      getMaxBatchSize getNbLayers serialize createExecutionContext getLocation
      createExecutionContextWithoutDeviceMemory getDeviceMemorySize isRefittable getBindingBytesPerComponent
      getBindingComponentsPerElement getBindingFormat getBindingFormatDesc getBindingVectorizedDim getName
      getNbOptimizationProfiles getProfileDimensions getProfileShapeValues isShapeBinding isExecutionBinding
      getEngineCapability setErrorRecorder getErrorRecorder hasImplicitBatchDimension getTacticSources
      getProfilingVerbosity createEngineInspector getTensorShape getTensorDataType getTensorLocation
      isShapeInferenceIO getTensorIOMode getTensorBytesPerComponent getTensorComponentsPerElement getTensorFormat
      getTensorFormatDesc getTensorVectorizedDim getProfileShape getNbIOTensors getIOTensorName
      getHardwareCompatibilityLevel getPImpl getNbAuxStreams getTensorBytesPerComponentV2
      getTensorComponentsPerElementV2 getTensorFormatV2 getTensorFormatDescV2 getTensorVectorizedDimV2
      `),
    since: {
      '8.6.0': 'getHardwareCompatibilityLevel getPImpl getNbAuxStreams',
      '8.6.1':
        'getTensorBytesPerComponentV2 getTensorComponentsPerElementV2 getTensorFormatV2 getTensorFormatDescV2 getTensorVectorizedDimV2',
    },
  },
  VExecutionContext: {
    methods: words(`
      execute enqueue setDebugSync getDebugSync setProfiler getProfiler getEngine setName getName setDeviceMemory
      getStrides setOptimizationProfile getOptimizationProfile setBindingDimensions getBindingDimensions
      setInputShapeBinding getShapeBinding allInputDimensionsSpecified allInputShapesSpecified setErrorRecorder
      getErrorRecorder executeV2 enqueueV2 setOptimizationProfileAsync setEnqueueEmitsProfile getEnqueueEmitsProfile
      reportToProfiler setInputShape getTensorShape getTensorStrides setTensorAddress getTensorAddress
      setInputTensorAddress inferShapes setInputConsumedEvent getInputConsumedEvent getOutputTensorAddress
      setOutputAllocator getOutputAllocator getMaxOutputSize setTemporaryStorageAllocator getTemporaryStorageAllocator
      enqueueV3 setPersistentCacheLimit getPersistentCacheLimit setNvtxVerbosity getNvtxVerbosity getPImpl
      setAuxStreams
      `),
    since: { '8.6.0': 'getPImpl setAuxStreams' },
  },
  VEngineInspector: {
    methods: words(`
      setExecutionContext getExecutionContext getLayerInformation getEngineInformation setErrorRecorder
      getErrorRecorder getPImpl
      `),
    since: { '8.6.0': 'getPImpl' },
  },
  VBuilder: {
    methods: words(`
      setMaxBatchSize getMaxBatchSize platformHasFastFp16 platformHasFastInt8 getMaxDLABatchSize getNbDLACores
      setGpuAllocator createBuilderConfig buildEngineWithConfig createNetworkV2 createOptimizationProfile
      setErrorRecorder getErrorRecorder reset platformHasTf32 buildSerializedNetwork isNetworkSupported getLogger
      setMaxThreads getMaxThreads getPluginRegistry
      `),
    since: { '8.6.0': 'getPluginRegistry' },
  },
  VBuilderConfig: {
    methods: words(`
      setMinTimingIterations getMinTimingIterations setAvgTimingIterations getAvgTimingIterations setEngineCapability
      getEngineCapability setInt8Calibrator getInt8Calibrator setMaxWorkspaceSize getMaxWorkspaceSize setFlags
      getFlags clearFlag setFlag getFlag setDeviceType getDeviceType isDeviceTypeSet resetDeviceType canRunOnDLA
      setDLACore getDLACore setDefaultDeviceType getDefaultDeviceType reset setProfileStream getProfileStream
      addOptimizationProfile getNbOptimizationProfiles setProfilingVerbosity getProfilingVerbosity
      setAlgorithmSelector getAlgorithmSelector setCalibrationProfile getCalibrationProfile setQuantizationFlags
      getQuantizationFlags clearQuantizationFlag setQuantizationFlag getQuantizationFlag setTacticSources
      getTacticSources createTimingCache setTimingCache getTimingCache setMemoryPoolLimit getMemoryPoolLimit
      setPreviewFeature getPreviewFeature setBuilderOptimizationLevel getBuilderOptimizationLevel
      setHardwareCompatibilityLevel getHardwareCompatibilityLevel setPluginsToSerialize getPluginToSerialize
      getNbPluginsToSerialize setMaxAuxStreams getMaxAuxStreams
      `),
    since: {
      '8.6.0':
        'setBuilderOptimizationLevel getBuilderOptimizationLevel setHardwareCompatibilityLevel getHardwareCompatibilityLevel setPluginsToSerialize getPluginToSerialize getNbPluginsToSerialize setMaxAuxStreams getMaxAuxStreams',
    },
  },
  VHostMemory: {
    methods: words(`
      data size type
      `),
  },
  VOptimizationProfile: {
    methods: words(`
      setDimensions getDimensions setShapeValues getNbShapeValues getShapeValues setExtraMemoryTarget
      getExtraMemoryTarget isValid
      `),
  },
  VNetworkDefinition: {
    methods: words(`
      addInput markOutput addConvolution addFullyConnected addActivation addPooling addLRN addScale addSoftMax
      addConcatenation addDeconvolution addElementWise addUnary addPadding addShuffle getNbLayers getLayer getNbInputs
      getInput getNbOutputs getOutput addReduce addTopK addGather addRaggedSoftMax addMatrixMultiply addConstant
      addRNNv2 addIdentity removeTensor unmarkOutput addPluginV2 addSlice setName getName addShape
      hasImplicitBatchDimension markOutputForShapes unmarkOutputForShapes addParametricReLU addConvolutionNd
      addPoolingNd addDeconvolutionNd addScaleNd addResize hasExplicitPrecision addLoop addSelect addFill addPaddingNd
      setWeightsName setErrorRecorder getErrorRecorder addDequantize addQuantize addGatherV2 addIfConditional
      addScatter addEinsum addAssertion addOneHot addNonZero addGridSample addNMS addReverseSequence addNormalization
      addCast getBuilder
      `),
    since: { '8.6.0': 'addReverseSequence addNormalization addCast getBuilder' },
  },
  VTensor: {
    methods: words(`
      setName getName setDimensions getDimensions setType getType setDynamicRange isNetworkInput isNetworkOutput
      setBroadcastAcrossBatch getBroadcastAcrossBatch getLocation setLocation dynamicRangeIsSet resetDynamicRange
      getDynamicRangeMin getDynamicRangeMax setAllowedFormats getAllowedFormats isShapeTensor isExecutionTensor
      setDimensionName getDimensionName
      `),
  },
  VLayer: {
    methods: words(`
      getType setName getName getNbInputs getInput getNbOutputs getOutput setInput setPrecision getPrecision
      precisionIsSet resetPrecision setOutputType getOutputType outputTypeIsSet resetOutputType setMetadata
      getMetadata
      `),
    since: { '8.6.0': 'setMetadata getMetadata' },
  },
  VTimingCache: {
    methods: words(`
      serialize combine reset
      `),
  },
  IParser: {
    methods: words(`
      parse parseFromFile supportsModel parseWithWeightDescriptors supportsOperator destroy getNbErrors getError
      clearErrors ~ ~delete getUsedVCPluginLibraries setFlags getFlags clearFlag setFlag getFlag
      `),
    since: { '8.6.0': 'getUsedVCPluginLibraries setFlags getFlags clearFlag setFlag getFlag' },
  },
  IParserError: {
    methods: words(`
      code desc file line func node ~ ~delete
      `),
  },
};

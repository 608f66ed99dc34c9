/** Method tables of TensorRT 11. */
import { type MethodTable, words } from './method-table.js';

/** By class. */
export const MAJOR_11: Readonly<Record<string, MethodTable>> = {
  VRuntime: {
    methods: words(`
      getPImpl deserializeCudaEngine setDLACore getDLACore getNbDLACores setGpuAllocator setErrorRecorder
      getErrorRecorder getLogger setMaxThreads getMaxThreads setTemporaryDirectory getTemporaryDirectory
      setTempfileControlFlags getTempfileControlFlags getPluginRegistry setPluginRegistryParent loadRuntime
      setEngineHostCodeAllowed getEngineHostCodeAllowed deserializeCudaEngineV2
      `),
  },
  VCudaEngine: {
    methods: words(`
      getPImpl getNbLayers serialize createExecutionContext isRefittable getName getNbOptimizationProfiles
      getEngineCapability setErrorRecorder getErrorRecorder getTacticSources getProfilingVerbosity
      createEngineInspector getTensorShape getTensorDataType getTensorLocation isShapeInferenceIO getTensorIOMode
      getTensorBytesPerComponent getTensorComponentsPerElement getTensorFormat getTensorFormatDesc
      getTensorVectorizedDim getProfileShape getNbIOTensors getIOTensorName getHardwareCompatibilityLevel
      getNbAuxStreams getTensorBytesPerComponentV2 getTensorComponentsPerElementV2 getTensorFormatV2
      getTensorFormatDescV2 getTensorVectorizedDimV2 createSerializationConfig serializeWithConfig createRefitter
      getStreamableWeightsSize isDebugTensor setWeightStreamingBudgetV2 getWeightStreamingBudgetV2
      getWeightStreamingAutomaticBudget getWeightStreamingScratchMemorySize getDeviceMemorySizeV2
      getDeviceMemorySizeForProfileV2 getProfileTensorValuesV2 createExecutionContextWithRuntimeConfig
      createRuntimeConfig getEngineStat getAliasedInputTensor
      `),
  },
  VExecutionContext: {
    methods: words(`
      getPImpl setDebugSync getDebugSync setProfiler getProfiler getEngine setName getName setDeviceMemory
      getOptimizationProfile allInputDimensionsSpecified setErrorRecorder getErrorRecorder executeV2
      setOptimizationProfileAsync setEnqueueEmitsProfile getEnqueueEmitsProfile reportToProfiler setInputShape
      getTensorShape getTensorStrides setTensorAddress getTensorAddress setInputTensorAddress setOutputTensorAddress
      inferShapes setInputConsumedEvent getInputConsumedEvent getOutputTensorAddress setOutputAllocator
      getOutputAllocator getMaxOutputSize setTemporaryStorageAllocator getTemporaryStorageAllocator enqueueV3
      setPersistentCacheLimit getPersistentCacheLimit setNvtxVerbosity getNvtxVerbosity setAuxStreams setDebugListener
      getDebugListener setTensorDebugState getDebugState setAllTensorsDebugState updateDeviceMemorySizeForShapes
      setDeviceMemoryV2 getRuntimeConfig setUnfusedTensorsDebugState getUnfusedTensorsDebugState setCommunicator
      `),
  },
  VEngineInspector: {
    methods: words(`
      getPImpl setExecutionContext getExecutionContext getLayerInformation getEngineInformation setErrorRecorder
      getErrorRecorder
      `),
  },
  VBuilder: {
    methods: words(`
      getMaxDLABatchSize getNbDLACores setGpuAllocator createBuilderConfig createNetworkV2 createOptimizationProfile
      setErrorRecorder getErrorRecorder reset buildSerializedNetwork isNetworkSupported getLogger setMaxThreads
      getMaxThreads getPluginRegistry buildEngineWithConfig buildSerializedNetworkToStream
      buildSerializedNetworkWithKernelText
      `),
  },
  VBuilderConfig: {
    methods: words(`
      setAvgTimingIterations getAvgTimingIterations setEngineCapability getEngineCapability setFlags getFlags
      clearFlag setFlag getFlag setDeviceType getDeviceType isDeviceTypeSet resetDeviceType canRunOnDLA setDLACore
      getDLACore setDefaultDeviceType getDefaultDeviceType reset setProfileStream getProfileStream
      addOptimizationProfile getNbOptimizationProfiles setProfilingVerbosity getProfilingVerbosity setTacticSources
      getTacticSources createTimingCache setTimingCache getTimingCache setMemoryPoolLimit getMemoryPoolLimit
      setPreviewFeature getPreviewFeature setBuilderOptimizationLevel getBuilderOptimizationLevel
      setHardwareCompatibilityLevel getHardwareCompatibilityLevel setPluginsToSerialize getPluginToSerialize
      getNbPluginsToSerialize setMaxAuxStreams getMaxAuxStreams setProgressMonitor getProgressMonitor
      setRuntimePlatform getRuntimePlatform setMaxNbTactics getMaxNbTactics setTilingOptimizationLevel
      getTilingOptimizationLevel setL2LimitForTiling getL2LimitForTiling setRemoteAutoTuningConfig
      getRemoteAutoTuningConfig setBuildRoute getBuildRoute getAllBuildRoutes
      `),
    since: { '11.1': 'setBuildRoute getBuildRoute getAllBuildRoutes' },
  },
  VHostMemory: {
    methods: words(`
      data size type
      `),
  },
  VOptimizationProfile: {
    methods: words(`
      setDimensions getDimensions getNbShapeValues setExtraMemoryTarget getExtraMemoryTarget isValid setShapeValuesV2
      getShapeValuesV2
      `),
  },
  VNetworkDefinition: {
    methods: words(`
      addInput markOutput addActivation addLRN addScale addSoftMax addConcatenation addElementWise addUnary addShuffle
      getNbLayers getLayer getNbInputs getInput getNbOutputs getOutput addReduce addTopK addGather addRaggedSoftMax
      addMatrixMultiply addConstant addIdentity removeTensor unmarkOutput addPluginV2 addPluginV3 addSlice setName
      getName addShape hasImplicitBatchDimension markOutputForShapes unmarkOutputForShapes addParametricReLU
      addConvolutionNd addPoolingNd addDeconvolutionNd addScaleNd addResize addLoop addSelect addPaddingNd
      setWeightsName setErrorRecorder getErrorRecorder addGatherV2 addIfConditional addScatter addEinsum addAssertion
      addOneHot addNonZero addGridSample addNMS addReverseSequence addNormalization addCast getBuilder getFlags
      getFlag addQuantizeV2 addDequantizeV2 addFillV2 markDebug unmarkDebug isDebugTensor markWeightsRefittable
      unmarkWeightsRefittable areWeightsMarkedRefittable addSqueeze addUnsqueeze addDynamicQuantize addCumulative
      markUnfusedTensorsAsDebugTensors unmarkUnfusedTensorsAsDebugTensors addTopKV2 addNonZeroV2 addNMSV2 addAttention
      addRotaryEmbedding addDynamicQuantizeV2 addKVCacheUpdate addNormalizationV2 addMoE addDistCollective
      addAttentionV2
      `),
  },
  VTensor: {
    methods: words(`
      setName getName setDimensions getDimensions getType isNetworkInput isNetworkOutput setBroadcastAcrossBatch
      getBroadcastAcrossBatch getLocation setLocation setAllowedFormats getAllowedFormats isShapeTensor
      isExecutionTensor setDimensionName getDimensionName
      `),
  },
  VLayer: {
    methods: words(`
      getType setName getName getNbInputs getInput getNbOutputs getOutput setInput getOutputType setMetadata
      getMetadata setNbRanks getNbRanks
      `),
  },
  VTimingCache: {
    methods: words(`
      serialize combine reset queryKeys query update
      `),
  },
  IParser: {
    methods: words(`
      parse parseFromFile supportsOperator getNbErrors getError clearErrors ~ ~delete getUsedVCPluginLibraries
      setFlags getFlags clearFlag setFlag getFlag getLayerOutputTensor supportsModelV2 getNbSubgraphs
      isSubgraphSupported getSubgraphNodes
      `),
  },
  IParserError: {
    methods: words(`
      code desc file line func node nodeName nodeOperator localFunctionStack localFunctionStackSize ~ ~delete
      `),
  },
};

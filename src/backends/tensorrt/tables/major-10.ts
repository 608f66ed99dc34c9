/** Method tables of TensorRT 10. */
import { type MethodTable, words } from './method-table.js';

/** By class. */
export const MAJOR_10: Readonly<Record<string, MethodTable>> = {
  VRuntime: {
    methods: words(`
      getPImpl deserializeCudaEngine deserializeCudaEngine#2 setDLACore getDLACore getNbDLACores setGpuAllocator
      setErrorRecorder getErrorRecorder getLogger setMaxThreads getMaxThreads setTemporaryDirectory
      getTemporaryDirectory setTempfileControlFlags getTempfileControlFlags getPluginRegistry setPluginRegistryParent
      loadRuntime setEngineHostCodeAllowed getEngineHostCodeAllowed deserializeCudaEngineV2
      `),
    since: { '10.7.0': 'deserializeCudaEngineV2' },
  },
  VCudaEngine: {
    methods: words(`
      getPImpl getNbLayers serialize createExecutionContext createExecutionContextWithoutDeviceMemory
      getDeviceMemorySize isRefittable getName getNbOptimizationProfiles getProfileTensorValues getEngineCapability
      setErrorRecorder getErrorRecorder hasImplicitBatchDimension getTacticSources getProfilingVerbosity
      createEngineInspector getTensorShape getTensorDataType getTensorLocation isShapeInferenceIO getTensorIOMode
      getTensorBytesPerComponent getTensorComponentsPerElement getTensorFormat getTensorFormatDesc
      getTensorVectorizedDim getProfileShape getNbIOTensors getIOTensorName getHardwareCompatibilityLevel
      getNbAuxStreams getTensorBytesPerComponentV2 getTensorComponentsPerElementV2 getTensorFormatV2
      getTensorFormatDescV2 getTensorVectorizedDimV2 createSerializationConfig serializeWithConfig
      getDeviceMemorySizeForProfile createRefitter setWeightStreamingBudget getWeightStreamingBudget
      getMinimumWeightStreamingBudget getStreamableWeightsSize isDebugTensor setWeightStreamingBudgetV2
      getWeightStreamingBudgetV2 getWeightStreamingAutomaticBudget getWeightStreamingScratchMemorySize
      getDeviceMemorySizeV2 getDeviceMemorySizeForProfileV2 getProfileTensorValuesV2
      createExecutionContextWithRuntimeConfig createRuntimeConfig getEngineStat getAliasedInputTensor
      `),
    since: {
      '10.1.0':
        'setWeightStreamingBudgetV2 getWeightStreamingBudgetV2 getWeightStreamingAutomaticBudget getWeightStreamingScratchMemorySize getDeviceMemorySizeV2 getDeviceMemorySizeForProfileV2',
      '10.11': 'getProfileTensorValuesV2 createExecutionContextWithRuntimeConfig createRuntimeConfig',
      '10.14': 'getEngineStat',
      '10.15': 'getAliasedInputTensor',
    },
  },
  VExecutionContext: {
    methods: words(`
      getPImpl setDebugSync getDebugSync setProfiler getProfiler getEngine setName getName setDeviceMemory
      getOptimizationProfile allInputDimensionsSpecified allInputShapesSpecified setErrorRecorder getErrorRecorder
      executeV2 setOptimizationProfileAsync setEnqueueEmitsProfile getEnqueueEmitsProfile reportToProfiler
      setInputShape getTensorShape getTensorStrides setTensorAddress getTensorAddress setInputTensorAddress
      setOutputTensorAddress inferShapes setInputConsumedEvent getInputConsumedEvent getOutputTensorAddress
      setOutputAllocator getOutputAllocator getMaxOutputSize setTemporaryStorageAllocator getTemporaryStorageAllocator
      enqueueV3 setPersistentCacheLimit getPersistentCacheLimit setNvtxVerbosity getNvtxVerbosity setAuxStreams
      setDebugListener getDebugListener setTensorDebugState getDebugState setAllTensorsDebugState
      updateDeviceMemorySizeForShapes setDeviceMemoryV2 getRuntimeConfig setUnfusedTensorsDebugState
      getUnfusedTensorsDebugState setCommunicator
      `),
    since: {
      '10.1.0': 'setDeviceMemoryV2',
      '10.11': 'getRuntimeConfig',
      '10.12.0': 'setUnfusedTensorsDebugState getUnfusedTensorsDebugState',
      '10.16': 'setCommunicator',
    },
  },
  VEngineInspector: {
    methods: words(`
      getPImpl setExecutionContext getExecutionContext getLayerInformation getEngineInformation setErrorRecorder
      getErrorRecorder
      `),
  },
  VBuilder: {
    methods: words(`
      platformHasFastFp16 platformHasFastInt8 getMaxDLABatchSize getNbDLACores setGpuAllocator createBuilderConfig
      createNetworkV2 createOptimizationProfile setErrorRecorder getErrorRecorder reset platformHasTf32
      buildSerializedNetwork isNetworkSupported getLogger setMaxThreads getMaxThreads getPluginRegistry
      buildEngineWithConfig buildSerializedNetworkToStream buildSerializedNetworkWithKernelText
      `),
    since: {
      '10.6.0': 'buildEngineWithConfig',
      '10.13.0': 'buildSerializedNetworkToStream buildSerializedNetworkWithKernelText',
    },
  },
  VBuilderConfig: {
    methods: words(`
      setAvgTimingIterations getAvgTimingIterations setEngineCapability getEngineCapability setInt8Calibrator
      getInt8Calibrator setFlags getFlags clearFlag setFlag getFlag setDeviceType getDeviceType isDeviceTypeSet
      resetDeviceType canRunOnDLA setDLACore getDLACore setDefaultDeviceType getDefaultDeviceType reset
      setProfileStream getProfileStream addOptimizationProfile getNbOptimizationProfiles setProfilingVerbosity
      getProfilingVerbosity setAlgorithmSelector getAlgorithmSelector setCalibrationProfile getCalibrationProfile
      setQuantizationFlags getQuantizationFlags clearQuantizationFlag setQuantizationFlag getQuantizationFlag
      setTacticSources getTacticSources createTimingCache setTimingCache getTimingCache setMemoryPoolLimit
      getMemoryPoolLimit setPreviewFeature getPreviewFeature setBuilderOptimizationLevel getBuilderOptimizationLevel
      setHardwareCompatibilityLevel getHardwareCompatibilityLevel setPluginsToSerialize getPluginToSerialize
      getNbPluginsToSerialize setMaxAuxStreams getMaxAuxStreams setProgressMonitor getProgressMonitor
      setRuntimePlatform getRuntimePlatform setMaxNbTactics getMaxNbTactics setTilingOptimizationLevel
      getTilingOptimizationLevel setL2LimitForTiling getL2LimitForTiling setRemoteAutoTuningConfig
      getRemoteAutoTuningConfig
      `),
    since: {
      '10.2.0': 'setRuntimePlatform getRuntimePlatform',
      '10.4.0': 'setMaxNbTactics getMaxNbTactics',
      '10.8.0': 'setTilingOptimizationLevel getTilingOptimizationLevel setL2LimitForTiling getL2LimitForTiling',
      '10.13.0': 'setRemoteAutoTuningConfig getRemoteAutoTuningConfig',
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
      getExtraMemoryTarget isValid setShapeValuesV2 getShapeValuesV2
      `),
    since: { '10.11': 'setShapeValuesV2 getShapeValuesV2' },
  },
  VNetworkDefinition: {
    methods: words(`
      addInput markOutput addActivation addLRN addScale addSoftMax addConcatenation addElementWise addUnary addShuffle
      getNbLayers getLayer getNbInputs getInput getNbOutputs getOutput addReduce addTopK addGather addRaggedSoftMax
      addMatrixMultiply addConstant addIdentity removeTensor unmarkOutput addPluginV2 addPluginV3 addSlice setName
      getName addShape hasImplicitBatchDimension markOutputForShapes unmarkOutputForShapes addParametricReLU
      addConvolutionNd addPoolingNd addDeconvolutionNd addScaleNd addResize addLoop addSelect addFill addPaddingNd
      setWeightsName setErrorRecorder getErrorRecorder addDequantize addQuantize addGatherV2 addIfConditional
      addScatter addEinsum addAssertion addOneHot addNonZero addGridSample addNMS addReverseSequence addNormalization
      addCast getBuilder getFlags getFlag addQuantizeV2 addDequantizeV2 addFillV2 markDebug unmarkDebug isDebugTensor
      markWeightsRefittable unmarkWeightsRefittable areWeightsMarkedRefittable addSqueeze addUnsqueeze
      addDynamicQuantize addCumulative markUnfusedTensorsAsDebugTensors unmarkUnfusedTensorsAsDebugTensors addTopKV2
      addNonZeroV2 addNMSV2 addAttention addRotaryEmbedding addDynamicQuantizeV2 addKVCacheUpdate addNormalizationV2
      addMoE addDistCollective
      `),
    since: {
      '10.2.0': 'markWeightsRefittable unmarkWeightsRefittable areWeightsMarkedRefittable',
      '10.7.0': 'addSqueeze addUnsqueeze',
      '10.9.0': 'addDynamicQuantize addCumulative',
      '10.12.0': 'markUnfusedTensorsAsDebugTensors unmarkUnfusedTensorsAsDebugTensors',
      '10.14': 'addTopKV2 addNonZeroV2 addNMSV2 addAttention',
      '10.15': 'addRotaryEmbedding addDynamicQuantizeV2 addKVCacheUpdate addNormalizationV2',
      '10.16': 'addMoE addDistCollective',
    },
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
      getMetadata setNbRanks getNbRanks
      `),
    since: { '10.16': 'setNbRanks getNbRanks' },
  },
  VTimingCache: {
    methods: words(`
      serialize combine reset queryKeys query update
      `),
    since: { '10.8.0': 'queryKeys query update' },
  },
  IParser: {
    methods: words(`
      parse parseFromFile supportsModel parseWithWeightDescriptors supportsOperator getNbErrors getError clearErrors ~
      ~delete getUsedVCPluginLibraries setFlags getFlags clearFlag setFlag getFlag getLayerOutputTensor
      supportsModelV2 getNbSubgraphs isSubgraphSupported getSubgraphNodes
      `),
    since: { '10.1.0': 'supportsModelV2 getNbSubgraphs isSubgraphSupported getSubgraphNodes' },
  },
  IParserError: {
    methods: words(`
      code desc file line func node nodeName nodeOperator localFunctionStack localFunctionStackSize ~ ~delete
      `),
  },
};

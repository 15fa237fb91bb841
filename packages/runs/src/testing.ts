export { runFlowWith, type ParameterValue, type RunFlowOptions } from './testing/run-flow.ts'

export { runFlowWith, type ParameterValue, type RunFlowOptions } from './run-flow.ts'

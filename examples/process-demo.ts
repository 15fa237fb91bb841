import { FlowSpec, step } from 'flowctl'

let moduleValue = 5

/**
 * What a module remembers is not part of the flow. Steps may share a process, so `end` may see 9 or 5;
 * with `--isolate` every task has a process of its own and sees 5. Artifacts are always right.
 */
export default class ProcessDemoFlow extends FlowSpec {
  artifact!: number

  /** Change both. */
  @step start() {
    moduleValue = 9
    this.artifact = 9
    console.log('process', process.pid, 'module value', moduleValue, 'artifact', this.artifact)
    this.next(this.end)
  }

  /** Read both. */
  @step end() {
    console.log('process', process.pid, 'module value', moduleValue, 'artifact', this.artifact)
  }
}

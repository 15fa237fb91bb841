import { FlowSpec, Parameter, step } from 'flowctl'

/** A parameter that takes JSON. */
export default class JsonParameterFlow extends FlowSpec {
  mapping = Parameter.json<Record<string, number>>({ help: 'Specify a mapping', default: { one: 1 } })

  /** Show every entry. */
  @step start() {
    for (const [key, value] of Object.entries(this.mapping)) console.log('key', key, 'value', value)
    this.next(this.end)
  }

  @step end() {}
}

import { FlowSpec, Parameter, step } from 'flowctl'

/** Parameters are fields. Their values come from the command line, the environment, or the default. */
export default class ParameterFlow extends FlowSpec {
  creature = Parameter.string({ help: 'Specify an animal', required: true })
  count = Parameter.integer({ help: 'Number of animals', default: 1 })
  ratio = Parameter.number({ help: 'Ratio between 0.0 and 1.0', default: 0.5 })

  /** Every step reads a parameter like any other field; none can change it. */
  @step start() {
    console.log(this.creature, 'is a string of', this.creature.length, 'characters')
    console.log('Count is an integer:', this.count)
    console.log('Ratio is a number:', this.ratio)
    this.next(this.end)
  }

  @step end() {}
}

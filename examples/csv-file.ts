import { FlowSpec, IncludeFile, Parameter, step } from 'flowctl'

/** A file given on the command line is stored with the run: a later look at the run sees what it saw. */
export default class CsvFileFlow extends FlowSpec {
  csv = IncludeFile.text({ help: 'CSV file to be parsed', required: true })
  delimiter = Parameter.string({ help: 'Between two columns', default: ',' })

  rows!: string[][]

  /** Parse the file and show its rows. */
  @step start() {
    const lines = this.csv.split(/\r?\n/).filter((line) => line !== '')
    this.rows = lines.map((line) => line.split(this.delimiter))
    for (const row of this.rows) console.log(row)
    this.next(this.end)
  }

  @step end() {}
}

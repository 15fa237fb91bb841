/** What a server says that refuses a request, in the form of the SDK's errors. */
export class S3Failure extends Error {
  override readonly name: string
  readonly $metadata: { readonly httpStatusCode: number }

  constructor(status: number, code: string, message: string) {
    super(message)
    this.name = code || 'Unknown'
    this.$metadata = { httpStatusCode: status }
  }
}

/** Divides as most languages do: by zero is an error, not `Infinity`. */
export function divide(dividend: number, divisor: number): number {
  if (divisor === 0) throw new RangeError(`cannot divide ${dividend} by zero`)
  return dividend / divisor
}

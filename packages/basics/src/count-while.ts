/**
 * For how many indices from 0 up to, not including, `length` a test holds, when it holds for none after the first for which it does not.
 * Found by halving: the test is made about log2(length) times.
 */
export function countWhile(length: number, holds: (index: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2)
    if (holds(middle)) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Numbers that no compressor makes smaller, other ones for every seed: equal bytes would be saved only once.
 *
 * @param {number} length
 * @param {number} seed
 */
export function numbers(length, seed) {
  const values = new Float64Array(length)
  const words = new Uint32Array(values.buffer)
  let state = seed + 1
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[i] = state & 0xbfffffff // no NaN: its bits may change when it is copied
  }
  return values
}

/**
 * @param {Float64Array} saved
 * @param {unknown} loaded
 */
export function check(saved, loaded) {
  const same = loaded instanceof Float64Array && Buffer.compare(bytesOf(loaded), bytesOf(saved)) === 0
  if (!same) throw new Error('The array that was loaded is not the one that was saved')
}

/** @param {Float64Array} values */
function bytesOf(values) {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength)
}

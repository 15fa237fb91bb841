/** The part of ml-knn that the examples use; the package ships no types. */
declare module 'ml-knn' {
  export default class KNN {
    constructor(features: number[][], labels: number[], options?: { k?: number })
    static load(model: unknown): KNN
    predict(rows: number[][]): number[]
    toJSON(): object
  }
}

/**
 * Counts what vitest's JSON report says. A test file that could not be loaded counts as one failure, and so does a run
 * that failed without a failing test (no report, no test found, an error outside every test).
 *
 * @param {{ testResults: { status: string, assertionResults: { status: string }[] }[] } | undefined} report
 * @param {boolean} ok whether vitest itself ended well
 */
export function countTests(report, ok) {
  const files = report?.testResults ?? []
  const statuses = files.flatMap((file) => file.assertionResults.map((test) => test.status))
  const passed = statuses.filter((status) => status === 'passed').length
  const unloaded = files.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length
  const failed = statuses.filter((status) => status === 'failed').length + unloaded
  return { passed, failed: ok ? failed : Math.max(1, failed) }
}

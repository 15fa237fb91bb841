export const DEMO_FLOW = 'examples/classifier-train.ts'

/**
 * What to try after the demo, each with its purpose.
 *
 * @param {string} run id of the run that the demo made
 */
export function commandsToTry(run) {
  return /** @type {const} */ ([
    [`npx flowctl show ${DEMO_FLOW}`, 'the steps of the flow, and what they are for'],
    ['npx flowctl list runs ClassifierTrainFlow', 'its runs, the newest first'],
    [`npx flowctl dump ClassifierTrainFlow/${run}/end`, 'what the last step left: the ranking, the model'],
    [`npx flowctl logs ClassifierTrainFlow/${run}/end`, 'what it printed'],
    ['node examples/best-model.mjs', 'the same from a plain script'],
    [
      "npx flowctl run examples/classifier-predict.ts --vector '[39.1, 18.7, 181, 3750]'",
      'classify a penguin with the model',
    ],
  ])
}

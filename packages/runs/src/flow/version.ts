/** The version of all packages: they are released together. A check compares it with the manifests. */
export const FLOWCTL_VERSION = '0.1.0'

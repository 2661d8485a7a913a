/** What can be wrong with a description of work or of its result. */
export type ManifestFault = 'MANIFEST_INVALID' | 'RESULT_INVALID'

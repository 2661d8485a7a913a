/** Why this machine, or what lies on it, refuses. */
export type SystemFault =
  | 'DATA_FOLDER_IN_USE'
  | 'KEY_IN_USE'
  | 'KEYSTORE_EXISTS'
  | 'KEYSTORE_INVALID'
  | 'KEYSTORE_MISSING'
  | 'PASSPHRASE_EMPTY'
  | 'WRONG_PASSPHRASE'

import { Fault } from '../../protocols/common/index.ts'
import { BEARER_PROTOCOL_PREFIX, type Scope } from '../../protocols/control/index.ts'
import type { Grant, Tokens } from './tokens.ts'

type TokenHeaders = {
  authorization?: string | undefined
  'sec-websocket-protocol'?: string | undefined
}

/** The token of a request: in the Authorization header, or beside a WebSocket's protocols. */
export const presentedToken = (headers: TokenHeaders): string | null => {
  const bearer = /^Bearer +([^\s]+)$/i.exec(headers.authorization ?? '')?.[1]
  if (bearer !== undefined) return bearer
  const protocols = (headers['sec-websocket-protocol'] ?? '').split(',').map((text) => text.trim())
  const carrier = protocols.find((name) => name.startsWith(BEARER_PROTOCOL_PREFIX))
  return carrier?.slice(BEARER_PROTOCOL_PREFIX.length) ?? null
}

/** The grant behind a token. Throws TOKEN_MISSING, TOKEN_UNKNOWN or SCOPE_MISSING. */
export const authorize = (
  tokens: Tokens,
  { presented, scope }: { presented: string | null; scope: Exclude<Scope, 'public'> },
): Grant => {
  if (presented === null) {
    throw new Fault('TOKEN_MISSING', 'Send the token as Authorization: Bearer <token>')
  }
  const grant = tokens.find(presented)
  if (grant === null) throw new Fault('TOKEN_UNKNOWN', 'This node does not know the token')
  if (!grant.scopes.includes(scope)) {
    throw new Fault('SCOPE_MISSING', `This token may not ${scope}`)
  }
  return grant
}

// What this node knows of how well others worked. Ranks nobody; only keeps and answers.
export { createScoreboard, type Scoreboard } from './scoreboard.ts'

import { readFile, writeFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { Fault } from '../../protocols/common/index.ts'
import type { ControlClient, ExecuteRequestInput } from '../../protocols/control/index.ts'
import { readEsbuild, writePicture } from './programs.ts'
import type { Shopper } from './shopping.ts'
import type { Stage } from './stage.ts'
import type { Story } from './story.ts'
import { channelLines, purchaseHeader, purchaseLine } from './telling.ts'
import { joinTiles, planTiles, tileArguments } from './tiles.ts'

type Buyer = { client: ControlClient; shopper: Shopper }

const PICTURE = { width: 960, height: 640, columns: 4, rows: 2 }
const TILE_LIMITS = { fuel: '12000000000', wallMs: 30_000 }
const TILE_BUDGET = '4.00'
const MINIFY_LIMITS = { fuel: '4000000000', wallMs: 30_000 }
const MINIFY_BUDGET = '2.00'

/** The board of a story: a line for each purchase, then the channels. */
export const boardOf = (story: Story, { words }: Pick<Stage, 'words'>): string[] => [
  ...(story.purchases.length > 0 ? [purchaseHeader(words)] : []),
  ...story.purchases.map((purchase) => purchaseLine(purchase, story, words)),
  ...channelLines(story, words),
]

const keepBoard = ({ screen, words }: Stage, { shopper }: Buyer) => {
  screen.show(boardOf(shopper.story(), { words }))
  screen.keep()
}

const decode = (base64: string): Uint8Array => Buffer.from(base64, 'base64')

/** Act one: a fractal in eight tiles, each bought on its own, joined into one picture. Gives the picture's file. */
export const drawFractal = async (
  stage: Stage,
  buyer: Buyer,
  fractal: Promise<Uint8Array>,
): Promise<string> => {
  const { screen, words, outFolder } = stage
  screen.say(
    '',
    words.paint('bold', '  1  A fractal, drawn in eight tiles by whoever offers best'),
    '',
  )
  const { cid } = await buyer.client.putContent({ body: await fractal })
  const plans = planTiles(PICTURE)
  const wishes = plans.map((plan, index) => ({
    label: `tile ${index + 1}`,
    order: {
      module: { cid },
      args: ['fractal', ...tileArguments(plan)],
      limits: TILE_LIMITS,
      budget: TILE_BUDGET,
      tags: { taskType: 'compute', industry: 'media' },
    } satisfies ExecuteRequestInput,
  }))
  const deliveries = await buyer.shopper.buyAll(wishes)
  keepBoard(stage, buyer)
  const tiles = deliveries.map(({ result }, index) => ({
    plan: plans[index] as (typeof plans)[number],
    pixels: decode(result.stdout),
  }))
  const file = join(outFolder, 'fractal.png')
  await writePicture(file, { ...PICTURE, pixels: joinTiles(PICTURE, tiles) })
  screen.say(
    `  ${words.paint('green', '✓')} joined into one picture of ${PICTURE.width} × ${PICTURE.height}`,
  )
  return file
}

const minifiedName = (file: string): string => `${basename(file, extname(file))}.min.js`

/** Act two: a program that nobody here wrote minifies a TypeScript file. Gives the minified file. */
export const minify = async (stage: Stage, buyer: Buyer, file: string): Promise<string> => {
  const { screen, words, outFolder } = stage
  const title = `  2  esbuild, as its authors publish it, minifies ${basename(file)}`
  screen.say('', words.paint('bold', title), '')
  const source = await readFile(file)
  const { cid } = await buyer.client.putContent({ body: await readEsbuild() })
  buyer.shopper.turnPage()
  const order: ExecuteRequestInput = {
    module: { cid },
    args: ['esbuild', '--minify', '--loader=ts'],
    stdin: { bytesBase64: source.toString('base64') },
    limits: MINIFY_LIMITS,
    budget: MINIFY_BUDGET,
    tags: { taskType: 'data_processing' },
  }
  const [delivery] = await buyer.shopper.buyAll([{ label: 'minify', order }])
  keepBoard(stage, buyer)
  const { exitCode, stdout, stderr } = delivery?.result ?? { exitCode: 1, stdout: '', stderr: '' }
  if (exitCode !== 0) {
    const complaint = Buffer.from(decode(stderr)).toString('utf8').trim()
    throw new Fault('DEMO_MINIFY_FAILED', `esbuild ended with ${exitCode}: ${complaint}`)
  }
  const minified = decode(stdout)
  const target = join(outFolder, minifiedName(file))
  await writeFile(target, minified)
  screen.say(`  ${words.paint('green', '✓')} ${source.length} bytes became ${minified.length}`)
  return target
}

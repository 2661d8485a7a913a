import { type Field, fields, sections } from './fields.ts'

const cell = (text: string): string => text.replaceAll('|', '\\|')

const defaultOf = ({ default: value, type }: Field): string => {
  if (value === null) return 'unset'
  if (type === 'list')
    return (value as string[]).length === 0 ? 'none' : `\`${(value as string[]).join(', ')}\``
  return `\`${value}\``
}

const row = (field: Field): string => {
  const unit = field.unit === '' ? '' : ` (${field.unit})`
  const name = `\`${field.path}\`<br>\`${field.environmentName}\``
  return `| ${name} | ${cell(field.expectation)}${cell(unit)} | ${cell(defaultOf(field))} | ${cell(field.meaning)} |`
}

const HEAD = ['| setting | value | default | meaning |', '|---|---|---|---|']

const INTRODUCTION = `# Settings

Generated from \`config/schema.ts\` by \`config/write-settings-page.ts\`: change the schema, not this page.

A setting is taken from the first place that has it: flag, environment variable, file (YAML or JSON), default.
\`\`\`yaml
# souk.yaml
chain:
  network: local
market:
  role: provider
  pricePerMfuel: "0.0001"
\`\`\`
In the environment lists are separated by commas. Relative paths start at the file that holds them, otherwise at the working directory;
\`~/\` is the home folder. Everything wrong is reported at once, and a name that is no setting is wrong.

Not settings: \`SOUK_CONFIG\` names the file, \`SOUK_PASSPHRASE\` opens the keystore.`

/** The settings page: one table a section, from the schema alone. */
export const settingsPage = (): string => {
  const topLevel = [...sections].filter(([name]) => !name.includes('.'))
  const groups: [string, string][] = [['', ''], ...topLevel]
  const tables = groups.map(([section, about]) => {
    const title = section === '' ? [] : [`## ${section}`, '', `${about}.`, '']
    const rows = fields.filter((field) => field.section === section).map(row)
    return [...title, ...HEAD, ...rows].join('\n')
  })
  return `${[INTRODUCTION, ...tables].join('\n\n')}\n`
}

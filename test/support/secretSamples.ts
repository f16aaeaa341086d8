import samples from '../fixtures/secrets/samples.json'

export interface SecretSamples {
  rule: string
  secrets: string[]
  lookAlikes: string[]
}

/** The published rules' own samples, by rule. */
export const secretSamples = (): SecretSamples[] =>
  samples.rules.map(({ id, secrets, lookAlikes }) => ({
    rule: id,
    secrets: secrets.map(decoded),
    lookAlikes: lookAlikes.map(decoded),
  }))

const decoded = (text: string) => Buffer.from(text, 'base64').toString('utf8')
